//! What is written is read back.

use std::path::PathBuf;

use egress_core::{World, world::Listing};
use proptest::prelude::*;

use super::{support::notes, worlds::random};
use crate::{Snapshot, read, write};

fn read_back(world: &World) -> Snapshot {
    read(write(world).into_iter().map(|(name, text)| (PathBuf::from(name), text.into_bytes()))).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_world_that_is_written_is_read_back_the_same(seed in any::<u64>(), size in 0usize..5) {
        let world = random(seed, size);
        let snapshot = read_back(&world);
        let place = world.network.place.clone();
        prop_assert_eq!(snapshot.worlds.keys().cloned().collect::<Vec<_>>(), vec![place.clone()]);
        prop_assert_eq!(&snapshot.worlds[&place], &world);
        prop_assert_eq!(notes(&snapshot), Vec::<String>::new());
    }

    #[test]
    fn two_worlds_in_one_folder_stay_apart(first in any::<u64>(), second in any::<u64>()) {
        let (one, mut other) = (random(first, 2), random(second, 2));
        prop_assume!(one.network.place != other.network.place);
        other.network.place.account = one.network.place.account.clone();
        if one.network.place.region == other.network.place.region { return Ok(()); }
        // Of one account, each region in a folder that is called anything; roles are the account's.
        let (mut one, mut other) = (one, other);
        one.function.roles.clear();
        other.function.roles.clear();
        let files = [("first", &one), ("second", &other)].into_iter().flat_map(|(folder, world)| {
            write(world).into_iter().map(move |(name, text)| (PathBuf::from(folder).join(name), text.into_bytes()))
        });
        let snapshot = read(files).unwrap();
        for world in [&one, &other] {
            let read = &snapshot.worlds[&world.network.place];
            prop_assert_eq!(&read.network, &world.network);
            prop_assert_eq!(&read.gateway, &world.gateway);
            prop_assert_eq!(&read.function.functions, &world.function.functions);
        }
    }
}

#[test]
fn a_listing_that_is_unseen_is_not_written() {
    let mut world = random(7, 3);
    for listing in Listing::ALL {
        world.network.unseen.add(*listing, crate::ask(*listing));
    }
    let names: Vec<String> = write(&world).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["get-caller-identity.json"]);
}

#[test]
fn files_are_called_after_the_calls_that_print_them() {
    let names: Vec<String> = write(&random(1, 1)).into_iter().map(|(name, _)| name).collect();
    insta::assert_snapshot!(names.join("\n"));
}
