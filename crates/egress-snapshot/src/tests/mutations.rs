//! Files that went bad in any way: never a panic, and never a thing that nobody told.

use std::{
    collections::BTreeSet,
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use egress_core::World;
use fastrand::Rng;
use serde_json::{Value, json};

use super::{data, support::whose, worlds::random};
use crate::{read, write};

/// How long files are spoilt.
const FOR: Duration = Duration::from_secs(3);

type Files = Vec<(PathBuf, Vec<u8>)>;

#[test]
fn spoilt_files_never_panic_and_tell_nothing_new() {
    let seed =
        std::env::var("EGRESS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    println!("EGRESS_SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let mut folders: Vec<Files> = (0..8).map(|seed| written(&random(seed, 3))).collect();
    folders.extend(data::folder().map(|folder| files_below(&folder)));
    let start = Instant::now();
    let mut rounds = 0;
    while start.elapsed() < FOR || rounds == 0 {
        let mut files = folders[rng.usize(..folders.len())].clone();
        for _ in 0..rng.usize(1..6) {
            let file = rng.usize(..files.len());
            files[file].1 = spoil(&files[file].1, &mut rng);
        }
        let told: BTreeSet<String> = files.iter().flat_map(|(_, bytes)| words(bytes)).collect();
        if let Ok(snapshot) = read(files) {
            for world in snapshot.worlds.values() {
                for id in ids(world) {
                    assert!(told.contains(&id), "nobody told {id}");
                }
            }
        }
        rounds += 1;
    }
    println!("{rounds} rounds");
}

fn written(world: &World) -> Files {
    write(world).into_iter().map(|(name, text)| (PathBuf::from(name), text.into_bytes())).collect()
}

fn files_below(folder: &std::path::Path) -> Files {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            // The long lists of services are none of a World's.
            } else if !path.ends_with("VpcEndpointServices.json") {
                let bytes = fs::read(&path).unwrap();
                files.push((path, bytes));
            }
        }
    }
    files.sort();
    files
}

/// A file that is cut, changed in a byte, or says something absurd.
fn spoil(bytes: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut spoilt = bytes.to_vec();
    match (rng.u8(..6), serde_json::from_slice::<Value>(bytes)) {
        (0, _) if !spoilt.is_empty() => spoilt.truncate(rng.usize(..spoilt.len())),
        (1, _) if !spoilt.is_empty() => {
            let at = rng.usize(..spoilt.len());
            spoilt[at] = rng.u8(..);
        }
        (_, Ok(mut value)) => {
            let target = rng.usize(..nodes(&value).max(1));
            replace(&mut value, &mut { target }, rng);
            spoilt = value.to_string().into_bytes();
        }
        (_, Err(_)) => {}
    }
    spoilt
}

fn nodes(value: &Value) -> usize {
    1 + match value {
        Value::Array(list) => list.iter().map(nodes).sum(),
        Value::Object(map) => map.values().map(nodes).sum(),
        _ => 0,
    }
}

/// Puts something absurd in the place of the node that is so many steps away.
fn replace(value: &mut Value, steps: &mut usize, rng: &mut Rng) -> bool {
    if *steps == 0 {
        *value = absurd(value, rng);
        return true;
    }
    *steps -= 1;
    match value {
        Value::Array(list) => list.iter_mut().any(|one| replace(one, steps, rng)),
        Value::Object(map) => map.values_mut().any(|one| replace(one, steps, rng)),
        _ => false,
    }
}

fn absurd(value: &Value, rng: &mut Rng) -> Value {
    let deep = (0..100).fold(Value::Null, |inside, _| json!([inside]));
    let choices = [
        Value::Null,
        json!(true),
        json!(-1),
        json!(u64::MAX),
        json!(1e308),
        json!(""),
        json!("-"),
        json!("arn:aws:::::"),
        json!("us-east-1"),
        json!("10.0.0.0/99"),
        json!("\u{0}\u{202e}"),
        json!({}),
        json!([]),
        json!([[value.clone()], {"x": value.clone()}]),
        json!({"Vpcs": [value.clone()], "VpcId": value.clone()}),
        deep,
    ];
    choices[rng.usize(..choices.len())].clone()
}

/// All texts and keys of a file, whether it can be parsed or not.
fn words(bytes: &[u8]) -> Vec<String> {
    fn collect(value: &Value, words: &mut Vec<String>) {
        match value {
            Value::String(text) => {
                words.push(text.clone());
                words.extend(text.split(['/', ':']).map(str::to_owned));
            }
            Value::Array(list) => list.iter().for_each(|one| collect(one, words)),
            Value::Object(map) => map.values().for_each(|one| collect(one, words)),
            _ => {}
        }
    }
    let mut words = Vec::new();
    let text = String::from_utf8_lossy(bytes);
    let documents = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
    documents.map_while(Result::ok).for_each(|document| collect(&document, &mut words));
    words
}

/// What the things of a World are called.
fn ids(world: &World) -> BTreeSet<String> {
    let (network, gateway, function) = (&world.network, &world.gateway, &world.function);
    let transit = &network.transit;
    let zones = network.zones.iter().map(|zone| zone.name.clone());
    let things = network.networks.keys().chain(network.subnets.keys()).chain(network.route_tables.keys());
    let things = things.chain(network.groups.keys()).chain(network.acls.keys()).chain(network.interfaces.keys());
    let things = things.chain(network.machines.keys()).chain(network.endpoints.keys()).chain(network.peerings.keys());
    let things = things.chain(network.prefix_lists.keys()).chain(transit.gateways.keys());
    let things = things.chain(transit.attachments.keys()).chain(transit.tables.keys());
    let things = things.chain(gateway.internet_gateways.keys()).chain(gateway.egress_only_gateways.keys());
    let things = things.chain(gateway.nat_gateways.keys()).chain(gateway.addresses.keys());
    let things = things.chain(function.functions.keys()).chain(function.roles.keys());
    things.map(ToString::to_string).chain(zones).collect()
}

#[test]
fn a_large_account_is_read_in_seconds() {
    let function = |i: usize| {
        let arn = format!("arn:aws:lambda:eu-west-1:123456789012:function:f{i}");
        let vpc = json!({"VpcId": format!("vpc-{}", i % 1000), "SubnetIds": [format!("subnet-{}", i % 1000)]});
        json!({"FunctionName": format!("f{i}"), "FunctionArn": arn, "Version": "$LATEST", "VpcConfig": vpc})
    };
    let vpc = |i: usize| json!({"VpcId": format!("vpc-{i}"), "CidrBlock": "10.0.0.0/16", "OwnerId": "123456789012"});
    let versions = (0..10_000).map(|i| {
        let name = format!("versions/list-versions.f{i}.json");
        (PathBuf::from(name), json!({"Versions": [function(i)]}).to_string().into_bytes())
    });
    let lists = [
        ("functions", json!({"Functions": (0..10_000).map(function).collect::<Vec<_>>()})),
        ("vpcs", json!({"Vpcs": (0..1000).map(vpc).collect::<Vec<_>>()})),
        ("whose", whose()),
    ];
    let lists = lists.into_iter().map(|(name, value)| (PathBuf::from(name), value.to_string().into_bytes()));
    let files: Files = lists.chain(versions).collect();
    let start = Instant::now();
    let snapshot = read(files).unwrap();
    let took = start.elapsed();
    let world = snapshot.worlds.values().next().unwrap();
    assert_eq!((world.function.functions.len(), world.network.networks.len()), (10_000, 1000));
    // A debug build on a busy machine; a release build takes a fraction.
    assert!(took < Duration::from_secs(20), "{took:?}");
}
