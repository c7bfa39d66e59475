//! What there is no room for is refused before anything is made.

use std::{fs, path::Path};

use crate::{egress, folder, run};

/// The usual limit of networks in an account.
const NETWORKS: usize = 5;

fn stack(folder: &Path, name: &str) {
    fs::write(folder.join("egress.toml"), format!("stack = \"{name}\"\npreset = \"lambda-static-ip\"\n")).unwrap();
}

#[test]
fn a_plan_that_the_account_has_no_room_for_is_refused_before_its_first_call() {
    let folder = folder();
    for n in 0..NETWORKS {
        stack(folder.path(), &format!("shop-{n}"));
        egress(folder.path()).args(["apply", "--yes", "--cloud", "mock"]).assert().success();
    }
    stack(folder.path(), "one-more");
    let said = run(folder.path(), "apply --yes --cloud mock");
    for what in ["1 network", "1 internet gateway", "1 address", "1 NAT gateway"] {
        let needs = format!("error: the account has no room for this plan: it needs {what}");
        assert!(said.contains(&needs), "{needs}\n{said}");
    }
    assert!(said.contains("and 5 of 5 are used: "), "{said}");
    assert!(said.contains("hint: have the limit raised, or delete what is no longer needed"), "{said}");
    assert!(said.ends_with("-- exit 8\n"), "{said}");
    // Nothing was made, and `plan` shows the plan before it says the same.
    let planned = run(folder.path(), "plan --cloud mock");
    assert!(planned.contains("stack one-more in ") && planned.ends_with("-- exit 8\n"), "{planned}");
    let kept = fs::read_to_string(folder.path().join(".egress-mock.json")).unwrap();
    assert_eq!(kept.matches("\"egress:key\": \"network/lambda_vpc\"").count(), NETWORKS, "{kept}");
    // What is there already needs no room.
    stack(folder.path(), "shop-0");
    egress(folder.path()).args(["apply", "--yes", "--cloud", "mock"]).assert().success();
}
