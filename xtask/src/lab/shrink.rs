//! The smallest Case that still differs.

use std::time::{Duration, Instant};

use egress_core::world::Target;

use super::{
    case::Case,
    keeper::{disagreements, try_once},
};

/// How long to look for a smaller one.
const AT_MOST: Duration = Duration::from_secs(60);

/// Drops one thing after the other while the answers still differ.
pub(super) fn shrink(case: Case) -> Case {
    let began = Instant::now();
    let mut smallest = case;
    let mut at = 0;
    while began.elapsed() < AT_MOST {
        let Some(smaller) = smaller(&smallest).nth(at) else { break };
        if differs(&smaller) {
            smallest = smaller;
        } else {
            at += 1;
        }
    }
    smallest
}

/// One that cannot be built any more does not count.
fn differs(case: &Case) -> bool {
    try_once(case).is_ok_and(|compared| !disagreements(&compared).is_empty())
}

/// Every Case that lacks one thing of this one.
fn smaller(case: &Case) -> impl Iterator<Item = Case> {
    let mut all = Vec::new();
    let mut without = |change: &dyn Fn(&mut Case)| {
        let mut smaller = case.clone();
        change(&mut smaller);
        if &smaller != case {
            all.push(smaller);
        }
    };
    for at in 0..case.probes.len() {
        without(&|c| {
            c.probes.remove(at);
        });
    }
    for subnet in case.subnets() {
        without(&|c| {
            let attachment = c.world.function.functions.get_mut(&c.function).and_then(|f| f.attachment.as_mut());
            if let Some(attachment) = attachment.filter(|attachment| attachment.subnets.len() > 1) {
                attachment.subnets.remove(&subnet);
            }
        });
    }
    macro_rules! without_each {
        ($($($part:ident).+;)+) => {
            $(for id in case.world.$($part).+.keys() {
                without(&|c| drop(c.world.$($part).+.remove(id)));
            })+
        };
    }
    without_each! {
        network.networks;
        network.subnets;
        network.route_tables;
        network.groups;
        network.acls;
        network.interfaces;
        network.endpoints;
        network.peerings;
        network.prefix_lists;
        gateway.internet_gateways;
        gateway.nat_gateways;
        gateway.addresses;
    }
    macro_rules! without_each_of {
        ($(($all:ident).$list:ident of $part:ident;)+) => {
            $(for (id, thing) in &case.world.$part.$all {
                for at in 0..thing.$list.len() {
                    without(&|c| {
                        let thing = c.world.$part.$all.get_mut(id);
                        if let Some(thing) = thing {
                            thing.$list.remove(at);
                        }
                    });
                }
            })+
        };
    }
    without_each_of! {
        (route_tables).routes of network;
        (route_tables).associations of network;
        (acls).entries of network;
        (groups).egress of network;
        (groups).ingress of network;
        (nat_gateways).addresses of gateway;
    }
    all.into_iter().filter(is_possible)
}

/// No table lacks its local route: nobody can delete that.
fn is_possible(case: &Case) -> bool {
    let mut tables = case.world.network.route_tables.values();
    tables.all(|table| table.routes.iter().any(|route| route.target == Target::Local))
}

#[cfg(test)]
mod tests {
    use super::{super::world::case, *};

    #[test]
    fn every_smaller_case_lacks_something() {
        let case = case(1, 0);
        let size = |case: &Case| serde_json::to_string(case).unwrap().len();
        let smaller: Vec<_> = smaller(&case).collect();
        assert!(smaller.len() > 20, "{}", smaller.len());
        assert!(smaller.iter().all(|smaller| size(smaller) < size(&case)));
    }
}
