//! Cases about networks, subnets, groups and tags.

use ipnet::Ipv4Net;

use super::{
    Case,
    ops::*,
    rig::{Law, Rig, broken, hold},
    run::case,
    site::{self, part, range},
};
use crate::{
    ErrorKind, Kind,
    quota::Counted,
    world::{Peer, Protocol, Rule, Target},
};

pub(super) const CASES: &[Case] = &[
    case!(
        a_network_comes_and_goes,
        "what is done is seen: a network, with its tags from the start, until it is deleted"
    ),
    case!(a_subnet_comes_and_goes, "a subnet is made in the zone that was named"),
    case!(a_group_comes_and_goes, "a fresh group lets everything out and nothing in; a rule that is added is seen"),
    case!(two_creations_make_two_things, "calls with different Keys and tokens make different things"),
    case!(a_subnet_must_fit, "a subnet outside its network, or over another one, is refused"),
    case!(a_network_in_use_stays, "a network with a subnet inside is not deleted"),
    case!(what_is_gone_is_refused, "a call that needs a thing that is gone fails, and changes nothing"),
    case!(what_needs_a_gone_network_is_refused, "nothing is made in a network that is gone"),
    case!(what_is_made_takes_room, "the room that is told counts what is there, and is told for nothing else"),
    case!(tags_are_set_one_by_one, "setting and removing tags leaves the other tags alone"),
];

/// What a cloud may say of a thing that is used.
pub(super) const IN_USE: &[ErrorKind] = &[ErrorKind::InUse, ErrorKind::Busy];

async fn a_network_comes_and_goes(rig: &Rig<'_>) -> Law {
    let network = site::network(rig).await?;
    rig.done(delete_network(&network)).await?;
    rig.futile(delete_network(&network)).await
}

async fn what_is_made_takes_room(rig: &Rig<'_>) -> Law {
    let network = site::network(rig).await?;
    let (address, ip) = site::address(rig, "addr").await?;
    let made = [(Counted::Networks, &network), (Counted::Addresses, &address)];
    for (what, id) in made {
        for room in rig.room(&what).await? {
            let counts = room.by.contains(id) || (room.by.is_empty() && room.used > 0);
            hold(room.what == what, format!("asked for room for {what:?}, the cloud tells of {:?}", room.what))?;
            hold(counts, format!("{id} is there, and the room for {what:?} does not count it: {room:?}"))?;
        }
    }
    rig.done(release(&address, ip)).await?;
    rig.done(delete_network(&network)).await.map(drop)
}

async fn a_subnet_comes_and_goes(rig: &Rig<'_>) -> Law {
    let network = site::network(rig).await?;
    let mut zones: Vec<_> = rig.observe().await?.network.zones.into_iter().filter(|z| z.functions).collect();
    zones.truncate(3);
    for (n, zone) in (1..).zip(&zones) {
        let subnet = rig.create(create_subnet(rig, &format!("sub{n}"), &network, part(n), &zone.name)).await?;
        let world = rig.observe().await?;
        let seen = world.network.subnets.get(&subnet).map(|s| (&s.network, s.cidr, &s.zone));
        hold(
            seen == Some((&network, part(n), &zone.name)),
            format!("subnet {subnet} was made in {network}, {}, zone {}; it is seen as {seen:?}", part(n), zone.name),
        )?;
        rig.done(delete_subnet(&subnet)).await?;
        rig.futile(delete_subnet(&subnet)).await?;
    }
    Ok(())
}

async fn a_group_comes_and_goes(rig: &Rig<'_>) -> Law {
    let network = site::network(rig).await?;
    let id = rig.create(create_group(rig, "group", &network)).await?;
    let world = rig.observe().await?;
    let Some(group) = world.network.groups.get(&id) else { return broken(format!("group {id} is gone")) };
    hold(group.ingress.is_empty(), format!("a fresh group lets nothing in, but has {:?}", group.ingress))?;
    hold(group.egress.contains(&Rule::all_v4()), format!("a fresh group lets all out, but has {:?}", group.egress))?;
    let rule = Rule { protocol: Protocol::Tcp, ports: (443, 443), peer: Peer::Cidr(range().into()) };
    rig.done(allow_egress(&id, rule)).await?;
    let kept = rig.observe().await?.network.groups.get(&id).is_some_and(|g| g.egress.contains(&Rule::all_v4()));
    hold(kept, "a rule that is added takes no other rule away")?;
    rig.done(delete_group(&id)).await?;
    rig.futile(delete_group(&id)).await
}

async fn two_creations_make_two_things(rig: &Rig<'_>) -> Law {
    let network = site::network(rig).await?;
    let tables =
        [rig.create(create_table(rig, "one", &network)).await?, rig.create(create_table(rig, "two", &network)).await?];
    hold(tables[0] != tables[1], format!("two route tables were made, and both are {}", tables[0]))?;
    let (first, first_ip) = site::address(rig, "one").await?;
    let (second, second_ip) = site::address(rig, "two").await?;
    hold(first != second, format!("two addresses were allocated, and both are {first}"))?;
    hold(first_ip != second_ip, format!("two addresses were allocated, and both are {first_ip}"))
}

async fn a_subnet_must_fit(rig: &Rig<'_>) -> Law {
    let network = site::network(rig).await?;
    let zone = site::zone(rig).await?;
    site::subnet(rig, &network, 1).await?;
    let refused = [ErrorKind::AlreadyExists, ErrorKind::Invalid, ErrorKind::InUse];
    let outside = Ipv4Net::new_assert([10, 84, 0, 0].into(), 24);
    let half = Ipv4Net::new_assert([10, 83, 1, 128].into(), 25);
    for (what, cidr) in [("outside", outside), ("same", part(1)), ("half", half)] {
        rig.refused(create_subnet(rig, what, &network, cidr, &zone), &refused).await?;
    }
    Ok(())
}

async fn a_network_in_use_stays(rig: &Rig<'_>) -> Law {
    let network = site::network(rig).await?;
    site::subnet(rig, &network, 1).await?;
    rig.refused(delete_network(&network), IN_USE).await
}

async fn what_is_gone_is_refused(rig: &Rig<'_>) -> Law {
    // An id that was real once is well formed on every cloud.
    let site = site::site(rig).await?;
    let (network, internet) = (site.network, Target::InternetGateway(site.internet));
    let subnet = site::subnet(rig, &network, 1).await?;
    let table = rig.create(create_table(rig, "gone", &network)).await?;
    let group = rig.create(create_group(rig, "gone", &network)).await?;
    rig.done(delete_subnet(&subnet)).await?;
    rig.done(delete_table(&table)).await?;
    rig.done(delete_group(&group)).await?;

    let other = rig.create(create_table(rig, "other", &network)).await?;
    let unknown = [ErrorKind::NotFound, ErrorKind::Invalid];
    rig.refused(associate(&other, &subnet, None), &unknown).await?;
    rig.refused(create_route(&table, &site::everywhere(), internet), &unknown).await?;
    rig.refused(allow_egress(&group, Rule::all_v4()), &unknown).await?;
    rig.refused(set_tags(Kind::Subnet, &subnet, &[("conformance:a", "1")], &[]), &unknown).await?;
    rig.futile(delete_table(&table)).await
}

async fn what_needs_a_gone_network_is_refused(rig: &Rig<'_>) -> Law {
    let (network, zone) = (site::network(rig).await?, site::zone(rig).await?);
    rig.done(delete_network(&network)).await?;
    let unknown = [ErrorKind::NotFound, ErrorKind::Invalid];
    rig.refused(create_subnet(rig, "late", &network, part(2), &zone), &unknown).await?;
    rig.refused(create_table(rig, "late", &network), &unknown).await?;
    rig.refused(create_group(rig, "late", &network), &unknown).await
}

async fn tags_are_set_one_by_one(rig: &Rig<'_>) -> Law {
    let site = site::site(rig).await?;
    let group = rig.create(create_group(rig, "group", &site.network)).await?;
    let (address, _) = site::address(rig, "addr").await?;
    let things = [
        (Kind::Network, &site.network),
        (Kind::Subnet, &site.public),
        (Kind::RouteTable, &site.public_table),
        (Kind::SecurityGroup, &group),
        (Kind::InternetGateway, &site.internet),
        (Kind::Address, &address),
    ];
    for (kind, id) in things {
        tag_one_by_one(rig, kind, id).await?;
    }
    Ok(())
}

/// Adds, overwrites and removes tags of a thing, and compares all of them.
pub(super) async fn tag_one_by_one(rig: &Rig<'_>, kind: Kind, id: &crate::CloudId) -> Law {
    let tags = async || match rig.observe().await?.tags(kind, id) {
        Some(tags) => Ok(tags.clone()),
        None => broken(format!("{kind} {id} is gone")),
    };
    let mut wanted = tags().await?;
    wanted.insert("conformance:a".to_owned(), "2".to_owned());
    wanted.insert("conformance:c".to_owned(), "1".to_owned());
    rig.done(set_tags(kind, id, &[("conformance:a", "1"), ("conformance:b", "1")], &[])).await?;
    rig.done(set_tags(kind, id, &[("conformance:a", "2"), ("conformance:c", "1")], &["conformance:b"])).await?;
    let seen = tags().await?;
    hold(seen == wanted, format!("the tags of {kind} {id} should be {wanted:?} and are {seen:?}"))
}
