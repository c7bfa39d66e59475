//! The same random lives as the mock's own tests live, over the wire: no address is ever released that was not named.

#[path = "../../../../egress-mock/tests/engine/forms.rs"]
mod forms;
#[path = "../../../../egress-mock/tests/engine/sequence/mod.rs"]
mod sequence;

use sequence::{Door, Plot, how_many, live_all};

use super::connected;
use crate::AwsCloud;

const DOOR: Door<AwsCloud> = Door { open: connected };

/// A twentieth of what the mock's tests live: the SDK is slow in a debug build.
fn lives() -> u64 {
    how_many(40).div_ceil(20)
}

#[test]
fn no_address_is_released_over_the_wire_that_nobody_named() {
    let tally = live_all(0..lives(), Plot::Whole, &DOOR);
    println!("{} lives over the wire: {tally:?}", lives());
    assert!(tally["complete"] > 0 && tally["releases"] == 0, "{tally:#?}");
}

#[test]
fn an_address_that_is_named_is_the_only_one_released_over_the_wire() {
    let tally = live_all(0..lives(), Plot::Named, &DOOR);
    println!("{} lives over the wire: {tally:?}", lives());
    assert!(tally["complete"] > 0 && tally["releases"] > 0, "{tally:#?}");
}
