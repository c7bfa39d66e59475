//! What the tests of the verbs that only look share: worlds to look into, and the schemas of what is printed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use egress_core::{
    World,
    world::{AclEntry, AssociatedWith, Direction, Protocol, Target},
};
use serde_json::Value;

use crate::journey::{applied, mock};

/// A folder with a mock in which `order-sync` leaves by a NAT gateway and `invoice` is in no network, and with no egress.toml.
pub(crate) fn looked_at() -> tempfile::TempDir {
    let folder = applied();
    mock(folder.path(), "mock function invoice").success();
    fs::remove_file(folder.path().join("egress.toml")).unwrap();
    folder
}

/// Changes the World of the mock in a folder behind everybody's back.
pub(crate) fn edit(folder: &Path, change: impl FnOnce(&mut World)) {
    let path = folder.join(".egress-mock.json");
    let mut file: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let mut world: World = serde_json::from_value(file["model"]["world"].take()).unwrap();
    change(&mut world);
    file["model"]["world"] = serde_json::to_value(world).unwrap();
    fs::write(path, file.to_string()).unwrap();
}

/// Deletes every route to a NAT gateway.
pub(crate) fn without_nat_route(world: &mut World) {
    for table in world.network.route_tables.values_mut() {
        table.routes.retain(|route| !matches!(route.target, Target::NatGateway(_)));
    }
}

/// Takes one of the function's subnets off its table: the main one, which leads nowhere, is what is left for it.
pub(crate) fn with_one_subnet_astray(world: &mut World) {
    let leads_out = |table: &&mut egress_core::world::RouteTable| {
        table.routes.iter().any(|route| matches!(route.target, Target::NatGateway(_)))
    };
    let table = world.network.route_tables.values_mut().find(leads_out).unwrap();
    let at = table.associations.iter().position(|link| matches!(link.with, AssociatedWith::Subnet(_))).unwrap();
    table.associations.remove(at);
}

/// Lets the ACL of all subnets stop answers to half of the ephemeral ports.
pub(crate) fn with_half_the_answers(world: &mut World) {
    for acl in world.network.acls.values_mut() {
        acl.entries.push(AclEntry {
            number: 50,
            direction: Direction::Ingress,
            protocol: Protocol::Tcp,
            ports: (33_280, 65_535),
            cidr: "0.0.0.0/0".parse().unwrap(),
            allow: false,
        });
    }
}

/// What was printed, as JSON that keeps what its schema promises.
pub(crate) fn checked(name: &str, stdout: &[u8]) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/schemas/{name}.schema.json"));
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let printed: Value = serde_json::from_slice(stdout).unwrap();
    let broken: Vec<String> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(&printed).map(|error| error.to_string()).collect();
    assert_eq!(broken, Vec::<String>::new(), "{printed:#}");
    printed
}

/// The folder of real accounts' data, which stands beside the repository; `None` where it is not there, which is said.
pub(crate) fn shared_data() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = folder.canonicalize().ok();
    if folder.is_none() {
        #[expect(clippy::print_stderr, reason = "a test that has nothing to work on says so")]
        {
            eprintln!("skipped: ../shared/data is not there");
        }
    }
    folder
}
