//! What differs between two Worlds, thing by thing, in words.
//!
//! Worlds are compared as the JSON that they are kept in, so that whatever is added to a World is compared too.

use std::{collections::BTreeSet, fmt};

use serde_json::{Map, Value};

use super::World;
use crate::tags::KEY;

/// One thing that is not the same in two Worlds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where in a World's JSON it stands.
    place: [String; 2],
    /// Its id; absent for what is one thing as a whole, like the list of zones.
    id: Option<String>,
    /// What it was; absent where it has appeared.
    was: Option<Value>,
    /// What it is; absent where it is gone.
    is: Option<Value>,
}

/// What differs, in the order of a World's parts, kinds and ids; empty for equal Worlds.
pub fn differences(before: &World, after: &World) -> Vec<Difference> {
    let (before, after) = (json(before), json(after));
    let mut found = Vec::new();
    for part in names(&before, &after) {
        let (before, after) = (before.get(&part), after.get(&part));
        for collection in names_of(before, after) {
            let place = || [part.clone(), collection.clone()];
            let (was, is) = (before.and_then(|v| v.get(&collection)), after.and_then(|v| v.get(&collection)));
            if !is_map_of_things(was) || !is_map_of_things(is) {
                found.extend(difference(place(), None, was, is));
                continue;
            }
            for id in names_of(was, is) {
                let (was, is) = (was.and_then(|v| v.get(&id)), is.and_then(|v| v.get(&id)));
                found.extend(difference(place(), Some(id), was, is));
            }
        }
    }
    found
}

/// A World in which this one thing is as it has become, and all else as it was.
pub(crate) fn with(world: &World, difference: &Difference) -> Option<World> {
    let mut value = json(world);
    let [part, collection] = &difference.place;
    let part = value.get_mut(part)?.as_object_mut()?;
    match &difference.id {
        None => put(part, collection, difference.is.as_ref()),
        Some(id) => put(part.get_mut(collection)?.as_object_mut()?, id, difference.is.as_ref()),
    }
    serde_json::from_value(value).ok()
}

fn put(map: &mut Map<String, Value>, name: &str, value: Option<&Value>) {
    match value {
        Some(value) => _ = map.insert(name.to_owned(), value.clone()),
        None => _ = map.remove(name),
    }
}

/// A World is maps with text for keys, so there is always such a thing.
fn json(world: &World) -> Value {
    serde_json::to_value(world).unwrap_or_default()
}

fn names(before: &Value, after: &Value) -> BTreeSet<String> {
    names_of(Some(before), Some(after))
}

fn names_of(before: Option<&Value>, after: Option<&Value>) -> BTreeSet<String> {
    [before, after].into_iter().flatten().filter_map(Value::as_object).flat_map(|map| map.keys().cloned()).collect()
}

/// Whether it holds things by their ids. The place, an object too, holds texts.
fn is_map_of_things(value: Option<&Value>) -> bool {
    value.is_some_and(|v| v.as_object().is_some_and(|map| map.values().all(Value::is_object)))
}

fn difference(place: [String; 2], id: Option<String>, was: Option<&Value>, is: Option<&Value>) -> Option<Difference> {
    (was != is).then(|| Difference { place, id, was: was.cloned(), is: is.cloned() })
}

impl Difference {
    /// What it is about: by its Key, where it is a stack's, and its id.
    pub fn subject(&self) -> String {
        let [_, collection] = &self.place;
        let singular = match collection.as_str() {
            "addresses" => "address",
            plural => plural.strip_suffix('s').unwrap_or(plural),
        };
        let key = [&self.is, &self.was].into_iter().flatten().find_map(|v| v.get("tags")?.get(KEY)?.as_str());
        match (&self.id, key) {
            (None, _) => collection.replace('_', " "),
            (Some(id), Some(key)) => format!("{key} ({id})"),
            (Some(id), None) => format!("{} {id}", singular.replace('_', "-")),
        }
    }

    /// What has become of it, field by field.
    fn changes(&self) -> Vec<String> {
        let (Some(was), Some(is)) = (&self.was, &self.is) else { return Vec::new() };
        let mut changes = Vec::new();
        compare("", was, is, &mut changes);
        let telling = |(field, _): &(String, String)| !FOLLOWS.contains(&field.as_str());
        let any = changes.iter().any(telling);
        changes.into_iter().filter(|change| !any || telling(change)).map(|(_, text)| text).collect()
    }
}

/// Fields that change whenever another one does: they tell something only by themselves.
const FOLLOWS: [&str; 2] = ["revision", "free_addresses"];

/// One line for people: `route-table/private (rtb-0a): routes lost …`.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.subject();
        match (&self.was, &self.is) {
            (None, _) => write!(f, "{subject} has appeared"),
            (_, None) => write!(f, "{subject} is gone"),
            _ => write!(f, "{subject}: {}", self.changes().join("; ")),
        }
    }
}

/// Gathers what differs below a field, with the field's name.
fn compare(field: &str, was: &Value, is: &Value, changes: &mut Vec<(String, String)>) {
    if was == is {
        return;
    }
    let text = match (was, is) {
        (Value::Object(a), Value::Object(b)) if a.keys().any(|key| b.contains_key(key)) => {
            for name in names(was, is) {
                let below = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
                let value = |map: &Map<String, Value>| map.get(&name).cloned().unwrap_or_default();
                compare(&below, &value(a), &value(b), changes);
            }
            return;
        }
        (Value::Array(a), Value::Array(b)) => {
            let lost: Vec<String> = a.iter().filter(|item| !b.contains(item)).map(words).collect();
            let gained: Vec<String> = b.iter().filter(|item| !a.contains(item)).map(words).collect();
            let parts = [("lost", lost), ("gained", gained)];
            let parts = parts.into_iter().filter(|(_, items)| !items.is_empty());
            let said: Vec<String> = parts.map(|(verb, items)| format!("{verb} {}", items.join(" and "))).collect();
            if said.is_empty() {
                format!("{field} changed their order")
            } else {
                format!("{field} {}", said.join(", "))
            }
        }
        _ => format!("{field} was {} and is {}", words(was), words(is)),
    };
    changes.push((field.to_owned(), text));
}

/// A value as people read it: `nat-gateway nat-0a`, `(destination 0.0.0.0/0, state active)`, `none`.
fn words(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Object(map) if map.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        Value::Object(map) => {
            let fields: Vec<String> = map.iter().map(|(name, value)| format!("{name} {}", words(value))).collect();
            if let [only] = fields.as_slice() { only.clone() } else { format!("({})", fields.join(", ")) }
        }
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        CloudId,
        world::{Address, Destination, InternetGateway, Place, Route, RouteOrigin, RouteState, RouteTable, Target},
    };

    fn world() -> World {
        let mut world = World::default();
        world.network.place = Place { account: "1".to_owned(), region: "r".to_owned() };
        let tags = [(KEY.to_owned(), "route-table/private".to_owned())].into();
        let route = Route {
            destination: Destination::default_v4(),
            target: Target::NatGateway("nat-a".into()),
            state: RouteState::Active,
            origin: RouteOrigin::Static,
        };
        let table =
            RouteTable { id: "rtb-a".into(), network: "vpc-a".into(), routes: vec![route], associations: vec![], tags };
        world.network.route_tables.insert("rtb-a".into(), table);
        let gateway = InternetGateway { id: "igw-a".into(), network: None, tags: crate::Tags::new() };
        world.gateway.internet_gateways.insert("igw-a".into(), gateway);
        world
    }

    #[test]
    fn what_appeared_what_is_gone_and_what_changed_is_said_in_words() {
        let before = world();
        let mut after = world();
        let ip = Some([192, 0, 2, 1].into());
        let tags = crate::Tags::new();
        let address = Address { id: "eipalloc-a".into(), ip, interface: None, nat_gateway: None, tags };
        after.gateway.addresses.insert("eipalloc-a".into(), address);
        after.gateway.internet_gateways.remove(&CloudId::new("igw-a"));
        after.network.place.region = "elsewhere".to_owned();
        let table = after.network.route_tables.get_mut(&CloudId::new("rtb-a")).unwrap();
        table.routes[0].target = Target::NatGateway("nat-b".into());
        table.tags.insert("team".to_owned(), "pay".to_owned());
        let said: Vec<String> = differences(&before, &after).iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(said.join("\n"));
    }

    #[test]
    fn equal_worlds_do_not_differ_and_each_difference_can_be_made_by_itself() {
        assert_eq!(differences(&world(), &world()), []);
        let empty = World::default();
        for difference in differences(&world(), &empty) {
            let patched = with(&world(), &difference).unwrap();
            assert!(!differences(&patched, &empty).contains(&difference), "{difference}");
        }
    }
}
