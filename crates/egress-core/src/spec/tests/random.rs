//! Files that nobody would write.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::{
    StackName,
    spec::{PRESETS, Parsed, Spec, SpecError, WayOut, ZoneChoice, parse, template},
};

/// Whatever comes out of a text keeps the promises of `parse`.
fn check(text: &str) {
    match parse(text) {
        Ok(Parsed { spec, warnings }) => {
            check_spec(&spec);
            warnings.iter().for_each(|w| assert!(text.get(w.span.clone()).is_some(), "{w:?}"));
        }
        Err(SpecError { mistakes, warnings }) => {
            assert!(!mistakes.is_empty());
            for mistake in mistakes.iter().chain(&warnings) {
                assert!(text.get(mistake.span.clone()).is_some(), "{mistake:?}");
                assert_ne!(mistake.message, "the file is not complete");
                let words = mistake.message.chars().chain(mistake.hint.iter().flat_map(|hint| hint.chars()));
                assert_eq!(words.filter(|c| c.is_control()).count(), 0, "{mistake:?}");
            }
            assert!(mistakes.is_sorted_by_key(|m| m.span.start));
        }
    }
}

/// What the planner takes for granted.
fn check_spec(spec: &Spec) {
    let subnets = &spec.subnets;
    assert!((16..=28).contains(&spec.network.cidr.prefix_len()));
    assert_eq!(spec.network.cidr, spec.network.cidr.trunc());
    for (i, subnet) in subnets.iter().enumerate() {
        assert!(spec.network.cidr.contains(&subnet.cidr));
        assert!((16..=28).contains(&subnet.cidr.prefix_len()));
        assert_eq!(subnet.cidr, subnet.cidr.trunc());
        assert!(!matches!(subnet.zone, ZoneChoice::Nth(0 | 27..)));
        for other in &subnets[..i] {
            assert!(!other.cidr.contains(&subnet.cidr) && !subnet.cidr.contains(&other.cidr));
        }
        if let WayOut::NatGateway(name) = &subnet.way_out {
            assert_eq!(spec.nat_gateways.iter().filter(|n| &n.name == name).count(), 1);
        }
    }
    for gateway in &spec.nat_gateways {
        let standing: Vec<_> = subnets.iter().filter(|s| s.name == gateway.subnet).map(|s| &s.way_out).collect();
        assert_eq!(standing, [&WayOut::InternetGateway]);
    }
    assert!((1..=16).contains(&spec.private_subnets().count()));
    assert!(spec.private_subnets().count() < subnets.len());
    distinct(subnets.iter().map(|s| s.name.clone()));
    distinct(spec.nat_gateways.iter().map(|n| n.name.clone()));
    distinct(spec.functions.iter().map(|f| f.name.to_string()));
    distinct(spec.nat_gateways.iter().flat_map(|n| n.address_keys()).map(|key| key.to_string()));
    let ips = spec.nat_gateways.iter().flat_map(|n| n.more.iter().map(|a| a.ip).chain([n.address]));
    distinct(ips.flatten().map(|ip| ip.to_string()));
    assert!(spec.nat_gateways.iter().all(|n| n.more.len() < 8));
    let tables = spec.nat_gateways.iter().map(|n| n.route_table.clone());
    distinct(tables.chain([spec.internet_gateway.route_table.clone()]));
    assert!(spec.ports.contains(&443) && !spec.ports.contains(&0));
    assert!(spec.tags.keys().all(|key| !key.starts_with("egress:") && !key.starts_with("aws:")));
}

fn distinct(names: impl Iterator<Item = String>) {
    let names: Vec<String> = names.collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
}

/// A file with everything in it, to be mutated.
fn whole_file() -> String {
    let [preset, ..] = PRESETS;
    let head = template(&StackName::new("prod").unwrap(), Some("eu-west-1"), &["a", "b"]);
    let address = "[[address]]\nname = \"second\"\nnat = \"lambda_nat\"\nip = \"203.0.113.8\"\n";
    format!("{head}\n{}\n{address}\n[tags]\na = \"b\"\n", preset.text)
}

/// One slip of a hand: what is cut out at a place, and what is put in there.
fn slip() -> impl Strategy<Value = (usize, usize, String)> {
    let inserted = prop_oneof![
        Just(String::new()),
        "[\\[\\]{}=\",.#'\\n \u{1}0-9a-z/é]{0,3}",
        Just("[[".to_owned()),
        Just("\"\"\"".to_owned()),
        Just("10.0.1.0/24".to_owned()),
        Just("lambda_pub".to_owned()),
        Just("\n[[private_subnet]]\nname = \"x\"\ncidr = \"10.0.3.0/24\"\n".to_owned()),
        Just("\n[[nat_gateway]]\nname = \"y\"\nroute_table = \"z\"\n".to_owned()),
        Just("\n[[address]]\nname = \"second\"\n".to_owned()),
        Just("\n[[address]]\nname = \"third\"\nip = \"203.0.113.9\"\n".to_owned()),
    ];
    (any::<prop::sample::Index>(), prop_oneof![3 => 0..4_usize, 1 => 0..200_usize], inserted)
        .prop_map(|(at, cut, put)| (at.index(10_000), cut, put))
}

fn mutated(mut text: String, slips: Vec<(usize, usize, String)>) -> String {
    for (at, cut, put) in slips {
        let start = text.floor_char_boundary(at % (text.len() + 1));
        let end = text.ceil_char_boundary((start + cut).min(text.len()));
        text.replace_range(start..end, &put);
    }
    text
}

/// A subnet of some range, near the preset's ones, so that some fit and some do not.
fn subnet(sort: &'static str) -> impl Strategy<Value = String> {
    let zone = prop_oneof![Just(String::new()), (0..4_u8).prop_map(|n| format!("zone = {n}\n"))];
    (0..12_u8, 0..4_u8, prop_oneof![20..=28_u8, Just(24)], zone).prop_map(move |(n, third, prefix, zone)| {
        format!("[[{sort}]]\nname = \"s{n}\"\ncidr = \"10.0.{}.0/{prefix}\"\n{zone}", third * 16)
    })
}

/// A gateway, or an address on some gateway: names and IPs are few, so that some clash.
fn gateway_or_address() -> impl Strategy<Value = String> {
    let ip = |key: &'static str| {
        prop_oneof![Just(String::new()), (1..9_u8).prop_map(move |n| format!("{key} = '203.0.113.{n}'\n"))]
    };
    let nat = prop_oneof![Just(String::new()), (0..3_u8).prop_map(|n| format!("nat = 'n{n}'\n"))];
    let gateway = (0..3_u8, ip("address")).prop_map(|(n, ip)| {
        format!("[[nat_gateway]]\nname = 'n{n}'\nsubnet = 'lambda_pub'\nroute_table = 'r{n}'\n{ip}")
    });
    let address = (prop_oneof![9 => "a[0-9a-f]", 1 => "n[0-3]"], nat, ip("ip"))
        .prop_map(|(name, nat, ip)| format!("[[address]]\nname = '{name}'\n{nat}{ip}"));
    prop_oneof![1 => gateway, 4 => address]
}

proptest! {
    #[test]
    fn no_text_at_all_makes_it_panic(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn no_text_of_its_own_letters_makes_it_panic(text in "([a-z_]{1,3}|[\\[\\]{}=\",.#'\\n ]|[0-9]){0,60}") {
        check(&text);
    }

    #[test]
    fn slips_in_a_file_make_no_panic_and_no_bad_spec(slips in prop::collection::vec(slip(), 1..4)) {
        check(&mutated(whole_file(), slips));
    }

    #[test]
    fn what_is_accepted_fits_together(
        public in prop::collection::vec(subnet("public_subnet"), 0..3),
        private in prop::collection::vec(subnet("private_subnet"), 0..4),
    ) {
        check(&format!("stack = 's'\npreset = 'lambda-static-ip'\n{}{}", public.concat(), private.concat()));
    }

    #[test]
    fn addresses_that_are_accepted_are_apart_and_not_too_many(
        tables in prop::collection::vec(gateway_or_address(), 0..12),
    ) {
        let private = "[[private_subnet]]\nname = 'a'\ncidr = '10.0.1.0/24'\nnat = 'n0'\n\
                       [[private_subnet]]\nname = 'b'\ncidr = '10.0.2.0/24'\nnat = 'n0'\n";
        let gateway = "[[nat_gateway]]\nname = 'n0'\nroute_table = 'r0'\n";
        check(&format!("stack = 's'\npreset = 'lambda-static-ip'\n{private}{gateway}{}", tables.concat()));
    }
}

#[test]
fn the_whole_file_is_right_before_it_is_mutated() {
    check_spec(&parse(&whole_file()).unwrap().spec);
}
