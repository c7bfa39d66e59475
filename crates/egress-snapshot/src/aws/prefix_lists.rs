//! Prefix lists, as three calls tell them.

use std::collections::BTreeMap;

use egress_core::{CloudId, ipnet::IpNet, world::PrefixList};

use super::{shapes, tags::Tag};
use crate::{
    read::{Bag, Kind},
    text::{Read, cidr, id, must},
};

shapes! {
    /// A list: `describe-prefix-lists` tells its ranges, `describe-managed-prefix-lists` its tags.
    PrefixListShape {
        prefix_list_id: Option<String>,
        prefix_list_name: Option<String>,
        prefix_list_arn: Option<String>,
        cidrs: Option<Vec<String>>,
        tags: Vec<Tag>,
    }
    /// What `get-managed-prefix-list-entries` tells.
    PrefixListEntries { entries: Vec<PrefixListEntry>, }
    /// One range.
    PrefixListEntry { cidr: Option<String>, }
}

/// The lists; their ranges are absent where none of the calls that tell them was made.
pub(crate) fn prefix_lists(bag: &mut Bag) -> BTreeMap<CloudId, PrefixList> {
    let goes_on: Vec<String> = (bag.things.get(&Kind::PrefixEntries).into_iter().flatten())
        .filter(|(_, entry)| entry.value.get("AdditionalRoutesAvailable") == Some(&serde_json::Value::Bool(true)))
        .map(|(id, _)| id.clone())
        .collect();
    let mut ranges = bag.convert(Kind::PrefixEntries, |told: PrefixListEntries| {
        let ranges = told.entries.iter().map(|entry| cidr(must("Cidr", entry.cidr.as_deref())?));
        ranges.collect::<Read<Vec<_>>>().map(Some)
    });
    ranges.retain(|id, _| !goes_on.iter().any(|other| other == id.as_str()));
    bag.convert(Kind::PrefixList, |list: PrefixListShape| {
        let id = id("PrefixListId", list.prefix_list_id.as_deref())?;
        let told =
            list.cidrs.map(|cidrs| cidrs.iter().map(|range| cidr(range)).collect::<Read<Vec<_>>>()).transpose()?;
        let cidrs = ranges.get(&id).cloned().or(told).map(once_each);
        Ok(Some(PrefixList { id, name: list.prefix_list_name.unwrap_or_default(), cidrs }))
    })
}

fn once_each(mut ranges: Vec<IpNet>) -> Vec<IpNet> {
    let mut seen = std::collections::BTreeSet::new();
    ranges.retain(|range| seen.insert(*range));
    ranges
}

/// The shape of a list and, where they are known, of its ranges.
pub(crate) fn shapes_of(list: &PrefixList) -> (PrefixListShape, Option<PrefixListEntries>) {
    let shape = PrefixListShape {
        prefix_list_id: Some(list.id.to_string()),
        prefix_list_name: Some(list.name.clone()),
        ..PrefixListShape::default()
    };
    let entry = |range: &IpNet| PrefixListEntry { cidr: Some(range.to_string()) };
    (shape, list.cidrs.as_ref().map(|ranges| PrefixListEntries { entries: ranges.iter().map(entry).collect() }))
}
