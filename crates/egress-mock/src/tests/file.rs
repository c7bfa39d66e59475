//! The file: nothing is lost, nothing is half-written.

use std::{fs, path::Path, sync::Arc};

use egress_core::{
    Clock, ErrorKind, Kind, Op,
    clock::VirtualClock,
    op::{AllocateAddress, CreateNetwork, GatewayOp, NetworkOp},
    world::Readiness,
};

use super::stage::{Stage, tags};
use crate::{Config, FileError, MockCloud, Timing};

fn open(path: &Path, seed: u64, timing: Timing) -> Result<Stage, FileError> {
    let clock = VirtualClock::new();
    let cloud = MockCloud::open(path, Config::new(seed).timing(timing), Arc::new(clock.clone()))?;
    Ok(Stage::of(clock, cloud))
}

fn allocate(name: &str) -> Op<egress_core::CloudId> {
    Op::Gateway(GatewayOp::AllocateAddress(AllocateAddress { tags: tags(Kind::Address, name) }))
}

fn error(result: Result<Stage, FileError>) -> FileError {
    result.err().unwrap()
}

#[test]
fn a_new_process_finds_every_change_and_what_was_under_way() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cloud.json");
    let first = open(&path, 1, Timing::aws()).unwrap();
    let cidr = "10.0.0.0/16".parse().unwrap();
    let network = CreateNetwork { cidr, tags: tags(Kind::Network, "n") };
    first.apply(&Op::Network(NetworkOp::CreateNetwork(network)));
    let world = first.cloud.world();
    // No save: every change is written before it is answered, so a killed process loses nothing.
    drop(first);

    // The new clock begins at zero, and yet no time is lost.
    let second = open(&path, 1, Timing::aws()).unwrap();
    assert_eq!(second.clock.now().as_secs(), 0);
    assert_eq!(second.cloud.world(), world);
    assert_eq!(world.network.networks.values().next().unwrap().state, Readiness::Pending);
    second.wait(3);
    assert_eq!(second.cloud.world().network.networks.values().next().unwrap().state, Readiness::Available);
}

#[test]
fn a_clock_that_went_on_meanwhile_lets_time_pass() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cloud.json");
    let first = open(&path, 1, Timing::aws()).unwrap();
    let cidr = "10.0.0.0/16".parse().unwrap();
    let network = CreateNetwork { cidr, tags: tags(Kind::Network, "n") };
    first.apply(&Op::Network(NetworkOp::CreateNetwork(network)));
    drop(first);
    let clock = VirtualClock::new();
    clock.block_on(clock.sleep(std::time::Duration::from_secs(60)));
    let cloud = MockCloud::open(&path, Config::new(1), Arc::new(clock)).unwrap();
    assert_eq!(cloud.world().network.networks.values().next().unwrap().state, Readiness::Available);
}

#[test]
fn the_file_decides_what_the_cloud_is_and_the_caller_how_fast() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cloud.json");
    let first = open(&path, 1, Timing::aws()).unwrap();
    first.apply(&allocate("a"));
    drop(first);
    let second = open(&path, 2, Timing::default()).unwrap();
    let before = second.clock.now();
    second.apply(&allocate("b"));
    assert_eq!(second.clock.now(), before);
    let ip_of_b = |stage: &Stage| {
        let world = stage.cloud.world();
        world.gateway.addresses.values().find(|a| a.tags["Name"] == "b").unwrap().ip
    };
    let fresh = Stage::new(1, Timing::default());
    fresh.apply(&allocate("b"));
    assert_eq!(ip_of_b(&second), ip_of_b(&fresh));
}

#[test]
fn what_the_internet_knows_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cloud.json");
    let first = open(&path, 1, Timing::default()).unwrap();
    let f = first.function("f");
    first.cloud.internet().allow("amap", "3.112.0.1".parse().unwrap()).unwrap();
    first.ask(&f, "https://amap.mock.test/");
    let seen = first.cloud.internet().seen();
    drop(first);
    let second = open(&path, 1, Timing::default()).unwrap();
    assert_eq!((second.cloud.internet().seen(), seen.len()), (seen, 1));
    second.cloud.save().unwrap();
}

#[test]
fn a_file_that_is_no_clouds_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cloud.json");
    let whole = {
        let stage = open(&path, 1, Timing::default()).unwrap();
        stage.cloud.save().unwrap();
        fs::read_to_string(&path).unwrap()
    };
    let cut = &whole[..whole.len() / 2];
    let newer = whole.replacen("\"version\": 2", "\"version\": 3", 1);
    let said: Vec<String> = ["", "{}", "[1]", "hello", cut, &newer]
        .into_iter()
        .map(|text| {
            fs::write(&path, text).unwrap();
            let error = error(open(&path, 1, Timing::default()));
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            format!("{error}. hint: {}", error.hint()).replace(&path.display().to_string(), "cloud.json")
        })
        .collect();
    let hint =
        "hint: the file was left as it is: move it away or delete it to begin with an empty cloud, or name another one";
    let corrupt = format!("cloud.json is not a mock cloud's file, or is damaged. {hint}");
    let version = format!("cloud.json is of version 3, and this program reads version 2. {hint}");
    assert_eq!(said, [&corrupt, &corrupt, &corrupt, &corrupt, &corrupt, &version].map(String::clone));
}

#[test]
fn a_file_in_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cloud.json");
    let first = open(&path, 1, Timing::default()).unwrap();
    assert!(matches!(error(open(&path, 1, Timing::default())), FileError::Locked { .. }));
    drop(first);
    open(&path, 1, Timing::default()).unwrap();
}

#[test]
fn a_change_that_cannot_be_written_is_refused_and_undone() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("inside");
    fs::create_dir(&inside).unwrap();
    let path = inside.join("cloud.json");
    let stage = open(&path, 1, Timing::default()).unwrap();
    stage.done(allocate("a"));
    let (world, bytes) = (stage.cloud.world(), fs::read(&path).unwrap());
    // Without its folder, the new file has no place: to the writer the same as a full disk.
    fs::rename(&inside, folder.path().join("elsewhere")).unwrap();
    let error = stage.failed(allocate("b"));
    assert_eq!(error.kind, ErrorKind::Local);
    assert!(error.message.starts_with("cannot write the mock cloud's file "), "{}", error.message);
    assert!(error.hint.is_some_and(|hint| hint.contains("make room on the disk")));
    assert_eq!(stage.cloud.world(), world);
    fs::rename(folder.path().join("elsewhere"), &inside).unwrap();
    assert_eq!(fs::read(&path).unwrap(), bytes);
    assert_eq!(fs::read_dir(&inside).unwrap().count(), 2, "the cloud and its lock");
    stage.done(allocate("b"));
}

#[test]
fn what_is_no_regular_file_is_neither_read_nor_replaced() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_owned(), "/dev/zero".into()] {
        let error = error(open(&path, 1, Timing::default()));
        assert!(matches!(error, FileError::Read { .. }), "{error}");
        assert!(!path.is_file() && !path.with_extension("lock").exists());
    }
}
