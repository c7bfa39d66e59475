//! `egress doctor`: what is wrong, worst first, from worlds that work and worlds that are broken.

use serde_json::{Value, json};

use crate::{
    journey::mock,
    looks::{checked, edit, looked_at, with_one_subnet_astray, without_nat_route},
    run,
};

fn told(folder: &std::path::Path, line: &str) -> String {
    run(folder, &format!("{line} --cloud mock"))
}

fn diagnosed(folder: &std::path::Path, line: &str) -> (Value, i32) {
    let output = mock(folder, &format!("doctor {line} --output json")).get_output().clone();
    (checked("doctor", &output.stdout), output.status.code().unwrap())
}

#[test]
fn a_stack_that_works_is_told_to_be_healthy() {
    insta::assert_snapshot!(told(looked_at().path(), "doctor order-sync"));
}

#[test]
fn what_is_fragile_in_what_others_made_is_said() {
    let folder = looked_at();
    mock(folder.path(), "mock disown").success();
    insta::assert_snapshot!(told(folder.path(), "doctor order-sync"));
}

#[test]
fn a_lost_route_is_found_with_whom_it_touches_and_what_mends_it() {
    let folder = looked_at();
    edit(folder.path(), without_nat_route);
    insta::assert_snapshot!(told(folder.path(), "doctor"));
}

#[test]
fn a_subnet_astray_is_found() {
    let folder = looked_at();
    edit(folder.path(), with_one_subnet_astray);
    insta::assert_snapshot!(told(folder.path(), "doctor order-sync --to 8.8.8.8:443"));
}

#[test]
fn where_nothing_is_wrong_it_is_said_what_was_looked_at() {
    let folder = looked_at();
    // A network without a function, and one zone.
    edit(folder.path(), |world| {
        *world = egress_core::World { function: Default::default(), gateway: Default::default(), ..world.clone() };
        let part = &mut world.network;
        *part = egress_core::world::NetworkPart { place: part.place.clone(), ..Default::default() };
    });
    insta::assert_snapshot!(told(folder.path(), "doctor"));
}

#[test]
fn the_exit_code_says_whether_something_so_bad_was_found() {
    let folder = looked_at();
    let codes = |what: &str| {
        ["error", "warning", "info"].map(|fail_on| diagnosed(folder.path(), &format!("{what} --fail-on {fail_on}")).1)
    };
    // A function in no network is a warning.
    assert_eq!([codes("order-sync"), codes("invoice")], [[0, 0, 0], [0, 14, 14]]);
    edit(folder.path(), without_nat_route);
    assert_eq!(codes("order-sync"), [14, 14, 14]);
    assert_eq!(diagnosed(folder.path(), "").1, 14, "errors count where nothing is said");
}

#[test]
fn functions_that_are_not_seen_from_exactly_the_expected_ips_are_an_error() {
    let folder = looked_at();
    let (answer, _) = diagnosed(folder.path(), "order-sync");
    let ip = answer["functions"][0]["source_ips"][0].as_str().unwrap().to_owned();
    let (answer, code) = diagnosed(folder.path(), &format!("order-sync --expect-ips {ip}"));
    assert_eq!((&answer["unexpected"], code), (&json!([]), 0));
    let (answer, code) = diagnosed(folder.path(), &format!("order-sync --expect-ips {ip},192.0.2.1"));
    assert_eq!((&answer["unexpected"][0]["missing"], code), (&json!(["192.0.2.1"]), 14));
    insta::assert_snapshot!(told(folder.path(), "doctor order-sync invoice --expect-ips 192.0.2.1"));
}

#[test]
fn the_doctor_takes_functions_alone() {
    let folder = looked_at();
    let mut subnet = String::new();
    edit(folder.path(), |world| subnet = world.network.subnets.keys().next().unwrap().to_string());
    let said = told(folder.path(), &format!("doctor {subnet}"));
    assert!(said.contains(&format!("the doctor looks at functions, and {subnet} is none")), "{said}");
    assert!(said.ends_with("-- exit 64\n"), "{said}");
    insta::assert_snapshot!(
        ["doctor order-sync:7", "doctor order-snc"].map(|line| told(folder.path(), line)).join("\n")
    );
}
