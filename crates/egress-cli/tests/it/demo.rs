//! `egress demo`, whole: the README shows it.

use std::fs;

use crate::{egress, folder, run};

#[test]
fn the_demo_goes_from_init_to_destroy() {
    let folder = folder();
    insta::assert_snapshot!(run(folder.path(), "demo"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "the demo writes nothing");
}

#[test]
fn the_broken_demo_shows_where_the_packet_dies() {
    let said = run(folder().path(), "demo --break nat-route");
    insta::assert_snapshot!(said.split_once("# Somebody deletes").unwrap().1);
}

#[test]
fn another_seed_shows_another_ip() {
    let ip = |seed: &str| {
        let output = egress(folder().path()).args(["demo", "--seed", seed]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let line = text.lines().find(|line| line.contains("★ egress IP")).unwrap().to_owned();
        line.split_whitespace().nth(4).unwrap().to_owned()
    };
    assert_eq!(ip("1"), ip("1"));
    assert_ne!(ip("1"), ip("2"));
}
