//! What is disturbed: accounts, files and commands, as data.

use std::{
    collections::BTreeSet,
    future::pending,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use egress_core::{
    Clock, CloudExt, CloudId, Outcome, Owner, Tags, Token, VirtualClock, World,
    execute::{Options, execute},
    op::{
        AllocateAddress, AssociateRouteTable, AttachInternetGateway, CreateGroup, CreateInternetGateway,
        CreateNatGateway, CreateNetwork, CreateRoute, CreateRouteTable, CreateSubnet, GatewayOp, NetworkOp, Op,
    },
    plan::{Permit, Plan, PlanError, Request, Verb, plan, scope},
    spec::{self, FunctionSpec, Permission, Spec},
    world::{Attachment, Destination, Target},
};

use crate::{Config, FunctionSetup, MockCloud, RoleSetup, Timing};

/// The host that probes call.
const ECHO: &str = "https://ip.mock.test/";

/// How much faster than AWS the cloud is. The order of things stays as it is; only polls get fewer.
const SPEED: f64 = 20.0;

/// How long something new may be invisible where a case is about just that: the longest that AWS is known for.
const LATE: Duration = Duration::from_secs(30);

/// What a network is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topology {
    /// One gateway, one address, private subnets in two zones.
    Reference,
    /// Three zones, each with a gateway and an address of its own.
    ThreeZones,
}

impl Topology {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Reference, Self::ThreeZones];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::ThreeZones => "three zones",
        }
    }

    fn file(self) -> &'static str {
        match self {
            Self::Reference => REFERENCE,
            Self::ThreeZones => THREE_ZONES,
        }
    }

    /// A file of the same stack with more in it, which leaves what is there where it is.
    fn grown(self) -> &'static str {
        match self {
            Self::Reference => REFERENCE_GROWN,
            Self::ThreeZones => THREE_ZONES_GROWN,
        }
    }
}

/// What is done to the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// `egress apply`.
    Apply,
    /// `egress attach` for functions.
    Attach(&'static [&'static str]),
    /// `egress detach` for functions.
    Detach(&'static [&'static str]),
    /// `egress destroy`; gives one address away where it says so.
    Destroy {
        /// Whether the stack's first address is named.
        release: bool,
    },
}

impl Command {
    fn verb(self, cloud: &MockCloud) -> Verb {
        let world = cloud.world();
        // The networks of others may be left, and what a change needs is allowed: that it must be is another test's matter.
        let leave = world.network.networks.values().filter(|n| n.tags.is_empty()).map(|n| Permit::Leave(n.id.clone()));
        let ips = world.gateway.addresses.values().filter_map(|address| address.ip);
        let ips = ips.flat_map(|ip| [Permit::Listed(ip), Permit::GiveUp(ip)]);
        let permits: BTreeSet<Permit> = leave.chain(ips).chain([Permit::Outage]).collect();
        match self {
            Self::Apply => Verb::Apply { permits },
            Self::Attach(names) => Verb::Attach { functions: names.iter().map(|n| function(n)).collect(), permits },
            Self::Detach(names) => {
                Verb::Detach { functions: names.iter().map(|n| (*n).into()).collect(), remove_role_policy: false }
            }
            Self::Destroy { release } => {
                let mut ours = world.gateway.addresses.values().filter(|address| Owner::of(&address.tags).is_some());
                let release = ours.next().filter(|_| release).and_then(|address| address.ip).into_iter().collect();
                Verb::Destroy { release, remove_role_policy: true }
            }
        }
    }
}

fn function(name: &str) -> FunctionSpec {
    FunctionSpec { name: name.into(), permission: Permission::Managed }
}

/// A command that is to be disturbed, and what there is before.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// Its name within its topology.
    pub name: &'static str,
    /// The network.
    pub topology: Topology,
    /// The end of the file before, and the commands that were run with it undisturbed; `None` for an account without the
    /// stack.
    pub before: Option<(&'static str, &'static [Command])>,
    /// The end of the file that the command is run with.
    pub after: &'static str,
    /// Whether that file has the grown network.
    pub grown: bool,
    /// The command.
    pub command: Command,
}

const F: &str = "[[function]]\nname = \"f\"\n";
const F_AND_G: &str = "[[function]]\nname = \"f\"\n[[function]]\nname = \"g\"\n";
const F_AND_H: &str = "[[function]]\nname = \"f\"\n[[function]]\nname = \"h\"\npermission = \"inline\"\n";
const APPLIED: &[Command] = &[Command::Apply];
const ATTACHED: &[Command] = &[Command::Apply, Command::Attach(&["g"])];

/// Every scenario of a topology.
///
/// Further kinds of edits of a file are further lines here.
pub fn scenarios(topology: Topology) -> Vec<Scenario> {
    let scenario = |name, before, after, command| Scenario { name, topology, before, after, grown: false, command };
    vec![
        scenario("apply", None, F, Command::Apply),
        Scenario { grown: true, ..scenario("change", Some((F_AND_G, APPLIED)), F_AND_H, Command::Apply) },
        scenario("attach", Some((F, APPLIED)), F, Command::Attach(&["g"])),
        scenario("detach", Some((F, ATTACHED)), F, Command::Detach(&["g"])),
        scenario("destroy", Some((F, ATTACHED)), F, Command::Destroy { release: false }),
        scenario("destroy --release", Some((F, ATTACHED)), F, Command::Destroy { release: true }),
    ]
}

/// An account as it is when the command begins.
pub struct Start {
    /// The cloud. It is never touched: lives are lived on forks of it.
    pub cloud: MockCloud,
    /// The file.
    pub spec: Spec,
    /// What is done.
    pub verb: Verb,
    /// The functions of users.
    pub functions: Vec<CloudId>,
    /// The last Plan, and the World that it was made from: the planner is pure, and most lives begin in the same way.
    planned: Mutex<Option<(World, Plan)>>,
}

impl Start {
    /// Plans the command, for the World as a process has observed it.
    pub(super) fn plan(&self, world: World) -> Result<Plan, PlanError> {
        let mut planned = self.planned.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, plan)) = planned.as_ref().filter(|(known, _)| *known == world) {
            return Ok(plan.clone());
        }
        let request = Request { verb: self.verb.clone(), echo_url: ECHO.to_owned() };
        let plan = plan(&self.spec, &world, &request)?;
        // The first World is the one that comes again.
        planned.get_or_insert_with(|| (world, plan.clone()));
        Ok(plan)
    }
}

impl Scenario {
    /// Its name among all.
    pub fn full_name(&self) -> String {
        format!("{}, {}", self.topology.name(), self.name)
    }

    /// Makes the account. With `late`, new things may stay invisible for up to half a minute.
    ///
    /// # Errors
    ///
    /// Where it cannot be made: the scenario itself is wrong.
    pub fn prepare(&self, seed: u64, late: bool) -> Result<Start, String> {
        let clock = VirtualClock::new();
        let visibility = late.then_some(LATE);
        let config = Config { visibility, ..Config::new(seed).timing(Timing::aws_times(SPEED)) };
        let cloud = MockCloud::new(config, Arc::new(clock.clone()));
        furnish(&cloud, &clock).map_err(|error| format!("{}: {error}", self.full_name()))?;
        if let Some((rest, commands)) = self.before {
            let spec = parse(self.topology.file(), rest)?;
            for command in commands {
                calmly(&cloud, &clock, &spec, command.verb(&cloud))
                    .map_err(|error| format!("{}: {command:?}: {error}", self.full_name()))?;
            }
        }
        let file = if self.grown { self.topology.grown() } else { self.topology.file() };
        let functions = cloud.world().function.functions.into_keys().collect();
        let (spec, verb) = (parse(file, self.after)?, self.command.verb(&cloud));
        Ok(Start { cloud, spec, verb, functions, planned: Mutex::default() })
    }
}

fn parse(file: &str, rest: &str) -> Result<Spec, String> {
    spec::parse(&format!("{file}\n{rest}")).map(|parsed| parsed.spec).map_err(|mistakes| format!("{mistakes:?}"))
}

/// Three functions of users: `f` and `h` in no network, `g` in one of somebody's own with a NAT gateway of its own. So each
/// has a working path, whatever is done to it.
fn furnish(cloud: &MockCloud, clock: &VirtualClock) -> Result<(), String> {
    let say = |error: egress_core::CloudError| error.to_string();
    for name in ["f", "g", "h"] {
        cloud.create_role(RoleSetup::new(format!("{name}-role"))).map_err(say)?;
    }
    for name in ["f", "h"] {
        cloud.create_function(FunctionSetup::new(name, format!("{name}-role"))).map_err(say)?;
    }
    let attachment = Some(somebodys_network(cloud, clock)?);
    cloud.create_function(FunctionSetup { attachment, ..FunctionSetup::new("g", "g-role") }).map_err(say)
}

/// Makes a network as the reference topology is, by hand and with no tags, and tells where a function in it runs.
fn somebodys_network(cloud: &MockCloud, clock: &VirtualClock) -> Result<Attachment<CloudId>, String> {
    let make = |op: Op<CloudId>| by_hand(cloud, clock, &op);
    let cidr = |text: &str| text.parse().map_err(|error| format!("{text}: {error}"));
    let subnet = |network: &CloudId, range: &str| {
        let (network, zone) = (network.clone(), "ap-northeast-1a".to_owned());
        let op = CreateSubnet { network, cidr: cidr(range)?, zone, tags: Tags::new() };
        make(Op::Network(NetworkOp::CreateSubnet(op)))
    };
    let leads = |network: &CloudId, subnet: &CloudId, target: Target<CloudId>| {
        let table = CreateRouteTable { network: network.clone(), tags: Tags::new() };
        let table = make(Op::Network(NetworkOp::CreateRouteTable(table)))?;
        let route = CreateRoute { table: table.clone(), destination: Destination::default_v4(), target };
        make(Op::Network(NetworkOp::CreateRoute(route)))?;
        let association = AssociateRouteTable { table, subnet: subnet.clone(), replaces: None };
        make(Op::Network(NetworkOp::AssociateRouteTable(association)))
    };
    let network = CreateNetwork { cidr: cidr("10.9.0.0/16")?, tags: Tags::new() };
    let network = make(Op::Network(NetworkOp::CreateNetwork(network)))?;
    let (public, private) = (subnet(&network, "10.9.0.0/24")?, subnet(&network, "10.9.1.0/24")?);
    let gateway = make(Op::Gateway(GatewayOp::CreateInternetGateway(CreateInternetGateway { tags: Tags::new() })))?;
    let attach = AttachInternetGateway { gateway: gateway.clone(), network: network.clone() };
    make(Op::Gateway(GatewayOp::AttachInternetGateway(attach)))?;
    leads(&network, &public, Target::InternetGateway(gateway))?;
    let address = make(Op::Gateway(GatewayOp::AllocateAddress(AllocateAddress { tags: Tags::new(), ip: None })))?;
    let nat = CreateNatGateway { subnet: public, address, tags: Tags::new() };
    let nat = make(Op::Gateway(GatewayOp::CreateNatGateway(nat)))?;
    clock.block_on(clock.sleep(cloud.pace().nat_ready * cloud.pace().patience));
    leads(&network, &private, Target::NatGateway(nat))?;
    let (name, description) = ("own".to_owned(), "the group of g".to_owned());
    let group = CreateGroup { network, name, description, tags: Tags::new() };
    let group = make(Op::Network(NetworkOp::CreateGroup(group)))?;
    Ok(Attachment { subnets: [private].into(), groups: [group].into(), ipv6: false })
}

/// Makes a call as somebody else would, and waits until all can see its effect. What it created, or nothing's name.
fn by_hand(cloud: &MockCloud, clock: &VirtualClock, op: &Op<CloudId>) -> Result<CloudId, String> {
    clock.block_on(async {
        let outcome = cloud.apply(op, &Token::new(format!("by-hand-{:?}", clock.now()))).await;
        clock.sleep(cloud.pace().visibility).await;
        match outcome {
            Outcome::Done(effect) => Ok(effect.id.unwrap_or_else(|| CloudId::new(""))),
            outcome => Err(format!("{op}: {outcome:?}")),
        }
    })
}

/// Runs a command to its end.
fn calmly(cloud: &MockCloud, clock: &VirtualClock, spec: &Spec, verb: Verb) -> Result<(), String> {
    let report = clock.block_on(async {
        let world = cloud.observe(&scope(spec, &verb)).await.map_err(|error| error.to_string())?;
        let request = Request { verb, echo_url: ECHO.to_owned() };
        let plan = plan(spec, &world, &request).map_err(|error| error.to_string())?;
        let options = Options::new("before00", cloud.pace());
        Ok::<_, String>(execute(&plan, cloud, clock, &options, pending(), &mut |_| {}).await)
    })?;
    if report.is_complete() { Ok(()) } else { Err(format!("{:?}", report.failed)) }
}

const REFERENCE: &str = r#"stack = "demo"
preset = "lambda-static-ip"
"#;

/// One more private subnet, behind one more gateway.
const REFERENCE_GROWN: &str = r#"stack = "demo"
preset = "lambda-static-ip"

[[public_subnet]]
name = "lambda_pub"
cidr = "10.0.10.0/24"
[[public_subnet]]
name = "lambda_pub2"
cidr = "10.0.11.0/24"
zone = 3

[[private_subnet]]
name = "lambda_prv1"
cidr = "10.0.1.0/24"
nat = "lambda_nat"
[[private_subnet]]
name = "lambda_prv2"
cidr = "10.0.2.0/24"
nat = "lambda_nat"
[[private_subnet]]
name = "lambda_prv3"
cidr = "10.0.3.0/24"
nat = "lambda_nat2"

[[nat_gateway]]
name = "lambda_nat"
subnet = "lambda_pub"
route_table = "lambda_prv_rt"
[[nat_gateway]]
name = "lambda_nat2"
subnet = "lambda_pub2"
route_table = "lambda_prv_rt2"
"#;

const THREE_ZONES: &str = include_str!("three-zones.toml");

/// One more private subnet, in the first zone.
const THREE_ZONES_GROWN: &str = concat!(
    include_str!("three-zones.toml"),
    r#"
[[private_subnet]]
name = "prv_a2"
cidr = "10.0.4.0/24"
zone = 1
nat = "nat_a"
"#
);
