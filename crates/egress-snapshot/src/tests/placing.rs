//! Whose everything is.

use egress_core::{
    World,
    world::{Listing, Place},
};
use serde_json::{Value, json};

use super::support::{notes, snapshot};
use crate::Snapshot;

const A: &str = "111111111111";
const B: &str = "222222222222";

fn place(account: &str, region: &str) -> Place {
    Place { account: account.to_owned(), region: region.to_owned() }
}

fn of(files: &[(&str, Value)]) -> Snapshot {
    let texts: Vec<(&str, String)> = files.iter().map(|(name, value)| (*name, value.to_string())).collect();
    snapshot(&texts.iter().map(|(name, text)| (*name, text.as_str())).collect::<Vec<_>>())
}

fn places(snapshot: &Snapshot) -> Vec<Place> {
    snapshot.worlds.keys().cloned().collect()
}

fn subnet(id: &str, vpc: &str, zone: &str, owner: &str) -> Value {
    json!({"SubnetId": id, "VpcId": vpc, "CidrBlock": "10.0.1.0/24", "AvailabilityZone": zone, "OwnerId": owner})
}

fn interface(id: &str, zone: &str, owner: &str) -> Value {
    json!({"NetworkInterfaceId": id, "VpcId": "vpc-1", "SubnetId": "subnet-1", "AvailabilityZone": zone, "OwnerId": owner})
}

fn nat(id: &str, vpc: &str) -> Value {
    json!({"NatGatewayId": id, "VpcId": vpc, "SubnetId": "subnet-x", "State": "available"})
}

fn nats(world: &World) -> Vec<String> {
    world.gateway.nat_gateways.keys().map(ToString::to_string).collect()
}

#[test]
fn a_list_that_somebody_merged_falls_into_its_regions() {
    let snapshot = of(&[
        (
            "s.json",
            json!({"Subnets": [subnet("subnet-1", "vpc-1", "eu-west-1a", A), subnet("subnet-2", "vpc-2", "us-west-2-lax-1a", A)]}),
        ),
        ("n.json", json!({"NatGateways": [nat("nat-1", "vpc-1"), nat("nat-2", "vpc-2")]})),
    ]);
    assert_eq!(notes(&snapshot), Vec::<String>::new());
    assert_eq!(places(&snapshot), [place(A, "eu-west-1"), place(A, "us-west-2")]);
    assert_eq!(snapshot.worlds.values().map(nats).collect::<Vec<_>>(), [["nat-1"], ["nat-2"]]);
}

#[test]
fn a_shared_subnet_belongs_to_who_asked() {
    let subnets = json!({"Subnets": [subnet("subnet-1", "vpc-1", "eu-west-1a", B)]});
    let by_interface = json!({"NetworkInterfaces": [interface("eni-1", "eu-west-1a", A)]});
    let by_identity = json!({"UserId": "X", "Account": A, "Arn": format!("arn:aws:iam::{A}:root")});
    for teller in [by_interface, by_identity] {
        let snapshot = of(&[("s.json", subnets.clone()), ("x.json", teller)]);
        assert_eq!(places(&snapshot), [place(A, "eu-west-1")]);
        let subnet = &snapshot.worlds[&place(A, "eu-west-1")].network.subnets[&"subnet-1".into()];
        assert_eq!(subnet.owner.as_deref(), Some(B));
    }
    assert_eq!(places(&of(&[("s.json", subnets)])), [place(B, "eu-west-1")]);
}

#[test]
fn accounts_in_folders_of_their_own_share_what_they_share() {
    let shared = json!({"Subnets": [subnet("subnet-1", "vpc-1", "eu-west-1a", A)]});
    let snapshot = of(&[
        ("a/s.json", shared.clone()),
        ("a/i.json", json!({"NetworkInterfaces": [interface("eni-1", "eu-west-1a", A)]})),
        ("b/s.json", shared),
        ("b/i.json", json!({"NetworkInterfaces": [interface("eni-2", "eu-west-1a", B)]})),
    ]);
    let owners: Vec<_> =
        snapshot.worlds.values().map(|world| world.network.subnets[&"subnet-1".into()].owner.clone()).collect();
    assert_eq!(owners, [None, Some(A.to_owned())]);
    assert_eq!(notes(&snapshot), Vec::<String>::new());
}

#[test]
fn what_tells_nothing_follows_its_folder_or_its_name() {
    let east = json!({"Subnets": [subnet("subnet-1", "vpc-1", "us-east-1a", A)]});
    let west = json!({"Subnets": [subnet("subnet-2", "vpc-2", "us-west-2a", A)]});
    let none = json!({"Addresses": []});
    let seen = |files: &[(&str, Value)]| {
        let snapshot = of(files);
        let seen: Vec<bool> = snapshot.worlds.values().map(|w| w.unseen(Listing::Addresses).is_none()).collect();
        (seen, snapshot.notes.len())
    };
    let (x, y) = (("x/s.json", east), ("y/s.json", west));
    assert_eq!(seen(&[x.clone(), y.clone(), ("x/a.json", none.clone())]), (vec![true, false], 0));
    assert_eq!(seen(&[x.clone(), y.clone(), ("y/more/a.json", none.clone())]), (vec![false, true], 0));
    assert_eq!(seen(&[x.clone(), y.clone(), ("addresses_us-west-2.json", none.clone())]), (vec![false, true], 0));
    assert_eq!(seen(&[x, y, ("a.json", none)]), (vec![false, false], 1));
}

#[test]
fn what_could_be_of_several_is_left_out_and_makes_them_all_uncertain() {
    let both = json!({"Subnets": [subnet("subnet-1", "vpc-1", "us-east-1a", A), subnet("subnet-2", "vpc-2", "us-west-2a", A)]});
    let known = json!({"NatGateways": [nat("nat-1", "vpc-1"), nat("nat-2", "vpc-2")]});
    let stray = json!({"NatGateways": [nat("nat-3", "vpc-3")]});
    let snapshot = of(&[("a.json", both), ("b.json", known), ("c.json", stray)]);
    assert_eq!(notes(&snapshot), ["c.json: could be of any of us-east-1, us-west-2: give each a folder of its own"]);
    for world in snapshot.worlds.values() {
        assert_eq!(nats(world).len(), 1);
        assert!(world.unseen(Listing::NatGateways).is_some());
    }
}

#[test]
fn a_peering_is_at_both_of_its_ends() {
    let vpc = |id: &str| json!({"Vpcs": [{"VpcId": id, "CidrBlock": "10.0.0.0/16", "OwnerId": A, "DhcpOptionsId": "default"}]});
    let end =
        |vpc: &str, region: &str| json!({"VpcId": vpc, "CidrBlock": "10.0.0.0/16", "OwnerId": A, "Region": region});
    let peering = json!({"VpcPeeringConnections": [{"VpcPeeringConnectionId": "pcx-1", "Status": {"Code": "active"},
        "RequesterVpcInfo": end("vpc-1", "us-east-1"), "AccepterVpcInfo": end("vpc-2", "us-west-2")}]});
    let snapshot = of(&[
        ("east/s.json", json!({"Subnets": [subnet("subnet-1", "vpc-1", "us-east-1a", A)]})),
        ("east/v.json", vpc("vpc-1")),
        ("east/p.json", peering),
        ("west/s.json", json!({"Subnets": [subnet("subnet-2", "vpc-2", "us-west-2a", A)]})),
        ("west/v.json", vpc("vpc-2")),
    ]);
    let told = |world: &World| (world.network.peerings.len(), world.unseen(Listing::Peerings).is_none());
    assert_eq!(snapshot.worlds.values().map(told).collect::<Vec<_>>(), [(1, true), (1, false)]);
}

#[test]
fn where_no_file_tells_a_half_of_the_place_is_empty() {
    assert_eq!(places(&of(&[("x.json", json!({"NatGateways": [nat("nat-1", "vpc-1")]}))])), [place("", "")]);
    let zones = json!({"AvailabilityZones": [{"ZoneName": "eu-west-1a", "ZoneId": "euw1-az1"}]});
    assert_eq!(places(&of(&[("x.json", zones)])), [place("", "eu-west-1")]);
}
