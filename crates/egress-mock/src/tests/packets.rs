//! What functions' packets meet.

use std::{collections::BTreeSet, net::Ipv4Addr, time::Duration};

use egress_core::{Clock, CloudId, FunctionProvider, Invocation, probe::Reply, world::Destination};
use serde_json::json;

use super::stage::Stage;
use crate::{PARTIES, Response, Timing};

const ECHO: &str = "https://ip.mock.test/";

#[test]
fn a_function_in_no_network_is_seen_from_another_ip_each_time() {
    let s = Stage::new(1, Timing::default());
    let f = s.function("f");
    let ips: BTreeSet<_> = (0..20).map(|_| s.ask(&f, ECHO).seen_ip().unwrap()).collect();
    assert!(ips.len() > 15, "{ips:?}");
}

#[test]
fn an_attached_function_is_seen_from_the_gateways_address_and_another_seed_gives_another() {
    let ip = |seed| {
        let s = Stage::new(seed, Timing::default());
        let made = s.topology();
        let f = s.function("f");
        s.attach(&f, Some(&made));
        let seen: BTreeSet<_> = (0..5).map(|_| s.ask(&f, ECHO).seen_ip().unwrap()).collect();
        assert_eq!(seen, BTreeSet::from([made.ip.into()]));
        made.ip
    };
    assert_ne!(ip(1), ip(2));
}

#[test]
fn an_added_address_is_seen_once_it_is_in_use_and_no_more_once_it_is_taken_off() {
    let s = Stage::new(1, Timing::aws());
    let made = s.topology();
    let f = s.function("f");
    s.attach(&f, Some(&made));
    s.wait(300);
    let seen = || (0..30).map(|_| s.ask(&f, ECHO).seen_ip().unwrap()).collect::<BTreeSet<_>>();
    let own = BTreeSet::from([made.ip.into()]);
    assert_eq!(seen(), own);
    let (second, ip) = s.second_address(&made);
    assert_eq!(seen(), BTreeSet::from([made.ip.into(), ip.into()]));
    s.take_off(&made, &second);
    assert_eq!(seen(), own);
    s.wait(400);
    assert_eq!(seen(), own);
}

#[test]
fn while_an_update_is_in_progress_the_old_way_serves() {
    let s = Stage::new(1, Timing::aws());
    let made = s.topology();
    let f = s.function("f");
    s.attach(&f, Some(&made));
    assert_ne!(s.ask(&f, ECHO).seen_ip().unwrap(), made.ip);
    s.wait(300);
    assert_eq!(s.ask(&f, ECHO).seen_ip().unwrap(), made.ip);
}

#[test]
fn where_the_packet_dies_the_call_times_out_after_the_time_that_was_asked_for() {
    let s = Stage::new(1, Timing::default());
    let made = s.topology();
    let f = s.function("f");
    s.attach(&f, Some(&made));
    s.cloud.edit(|world| {
        let table = world.network.route_tables.get_mut(&made.private_table).unwrap();
        table.routes.retain(|r| r.destination != Destination::default_v4());
    });
    let before = s.clock.now();
    assert_eq!(s.ask(&f, ECHO), Reply::TimedOut);
    assert_eq!(s.clock.now() - before, Duration::from_secs(10));
    assert_eq!(s.cloud.internet().seen(), []);
}

#[test]
fn a_third_party_refuses_who_is_not_on_its_list_as_the_real_one_does() {
    let s = Stage::new(1, Timing::default());
    let made = s.topology();
    let f = s.function("f");
    s.attach(&f, Some(&made));
    let ask = |host: &str| match s.ask(&f, &format!("https://{host}/token?x=1")) {
        Reply::Answered { status: 200, body } => body.replace(&made.ip.to_string(), "A.B.C.D"),
        reply => panic!("{reply:?}"),
    };
    let refused: Vec<String> = PARTIES.iter().map(|p| ask(p.host.name)).collect();
    insta::assert_snapshot!(refused.join("\n"));
    let internet = s.cloud.internet();
    for party in PARTIES {
        internet.allow(party.name, made.ip).unwrap();
    }
    let admitted: Vec<String> = PARTIES.iter().map(|p| ask(p.host.name)).collect();
    insta::assert_snapshot!(admitted.join("\n"));
    internet.disallow("wechat", made.ip).unwrap();
    assert_eq!(ask("wechat.mock.test"), refused[0]);
    let seen = internet.seen();
    assert_eq!(seen.len(), 9);
    assert!(seen.iter().all(|call| call.source == made.ip && call.path == "/token?x=1"));
    let unknown = internet.allow("nobody", made.ip).unwrap_err().to_string();
    assert_eq!(
        unknown,
        "there is no third party `nobody` on the mock internet: there are wechat, wecom, dingtalk and amap"
    );
}

#[test]
fn an_unknown_host_or_a_bad_url_fails_before_any_packet() {
    let s = Stage::new(1, Timing::default());
    let f = s.function("f");
    let failed = |error: &str| Reply::Failed { error: error.to_owned() };
    assert_eq!(s.ask(&f, "https://nowhere.test/"), failed("could not resolve host: nowhere.test"));
    assert_eq!(s.ask(&f, "ip.mock.test"), failed("`ip.mock.test` is no URL of http or https"));
    assert_eq!(s.cloud.internet().seen(), []);
}

#[test]
fn a_test_may_bring_its_own_function_and_its_own_host() {
    let s = Stage::new(1, Timing::default());
    let f = s.function("f");
    s.cloud.internet().add_host("pay.test", |request| Response { status: 402, body: request.path.clone() });
    s.cloud.set_code("f", |payload, net| {
        let reply = net.get(payload["url"].as_str().unwrap_or_default(), Duration::from_secs(1));
        json!({ "it said": reply })
    });
    let invocation = Invocation { function: f, payload: json!({ "url": "http://pay.test/bill" }) };
    let invoked = s.clock.block_on(s.cloud.invoke(&invocation)).unwrap();
    assert_eq!(invoked.payload, json!({ "it said": { "outcome": "answered", "status": 402, "body": "/bill" } }));
    let ip: Ipv4Addr = s.cloud.internet().ip_of("pay.test").unwrap();
    assert_eq!(ip.octets()[..2], [151, 101]);
}

#[test]
fn a_function_that_waits_too_long_is_stopped_and_one_that_is_not_there_is_not_found() {
    let s = Stage::new(1, Timing::default());
    let made = s.topology();
    let mut setup = crate::FunctionSetup::new("slow", "r");
    setup.time_limit = Duration::from_secs(3);
    setup.attachment = Some(egress_core::world::Attachment {
        subnets: BTreeSet::from([made.private]),
        groups: BTreeSet::from([made.group]),
        ipv6: false,
    });
    s.cloud.create_function(setup).unwrap();
    s.cloud.edit(|world| world.gateway.nat_gateways.clear());
    let ask = json!({ "url": ECHO, "timeout_seconds": 10 });
    let invocation = Invocation { function: CloudId::new("slow"), payload: ask.clone() };
    let before = s.clock.now();
    let invoked = s.clock.block_on(s.cloud.invoke(&invocation)).unwrap();
    assert_eq!(invoked.error.as_deref(), Some("Task timed out after 3.00 seconds"));
    assert_eq!(s.clock.now() - before, Duration::from_secs(3));
    let nobody = Invocation { function: CloudId::new("nobody"), payload: ask };
    let error = s.clock.block_on(s.cloud.invoke(&nobody)).unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_deref()),
        (egress_core::ErrorKind::NotFound, Some("ResourceNotFoundException"))
    );
}

#[test]
fn a_payload_that_is_no_question_is_the_functions_failure() {
    let s = Stage::new(1, Timing::default());
    let f = s.function("f");
    let invocation = Invocation { function: f, payload: json!("hello") };
    let invoked = s.clock.block_on(s.cloud.invoke(&invocation)).unwrap();
    assert!(invoked.error.is_some_and(|e| e.starts_with("the payload is no question: ")), "{:?}", invoked.payload);
}
