//! How often a call is sent, and how long it is waited for.

use std::time::Duration;

use egress_core::{
    Clock, CloudExt, CloudId, ErrorKind, Kind, Op, Outcome, Scope, Tags, Token,
    op::{CreateNatGateway, CreateNetwork, GatewayOp, NetworkOp, SetTags},
};

use super::connector::{Reply, Server, ok, refuses};
use crate::AwsCloud;

const NO_ZONES: &str = "<availabilityZoneInfo/>";

fn create_network() -> Op<CloudId> {
    let tags = Tags::from([("Name".to_owned(), "net".to_owned())]);
    Op::Network(NetworkOp::CreateNetwork(CreateNetwork { cidr: "10.0.0.0/16".parse().unwrap(), tags }))
}

fn apply(server: &Server, cloud: &AwsCloud, op: &Op<CloudId>) -> Outcome {
    server.clock.block_on(cloud.apply(op, &Token::new("t0ken")))
}

#[test]
fn a_creation_whose_answer_is_lost_is_sent_once_and_unknown() {
    // Each of these comes after the effect: a second request would make a second network.
    let losses: [fn() -> Reply; 4] = [
        || Reply::Resets,
        || Reply::IsSilent,
        || Reply::Says(500, String::new()),
        || Reply::Says(200, "<CreateVpcResponse><vpc><vpcId>vpc-1".to_owned()),
    ];
    for loss in losses {
        let server = Server::new(move |_, _| loss());
        let outcome = apply(&server, &server.cloud(), &create_network());
        assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
        assert_eq!(server.actions(), ["CreateVpc"]);
    }
}

#[test]
fn a_throttled_change_is_failed_and_sent_once() {
    let server = Server::new(|_, _| refuses(503, "RequestLimitExceeded", "Request limit exceeded."));
    let Outcome::Failed(error) = apply(&server, &server.cloud(), &create_network()) else { panic!("not failed") };
    assert_eq!((error.kind, server.actions().len()), (ErrorKind::Throttled, 1));
}

#[test]
fn a_read_is_sent_again_by_the_sdk_alone() {
    let server = Server::new(|asked, before| match (asked.action.as_str(), before) {
        ("GetCallerIdentity", 0) => Reply::Resets,
        ("GetCallerIdentity", 1) => refuses(503, "RequestLimitExceeded", "Request limit exceeded."),
        ("GetCallerIdentity", _) => ok(
            asked,
            "<GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/u</Arn>\
             <Account>123456789012</Account></GetCallerIdentityResult>",
        ),
        _ => ok(asked, NO_ZONES),
    });
    let cloud = server.cloud();
    let identity = server.clock.block_on(cloud.identity()).unwrap();
    assert_eq!(identity.account, "123456789012");
    assert_eq!(server.actions().len(), 3);
    // Asked once, and then kept.
    server.clock.block_on(cloud.identity()).unwrap();
    assert_eq!(server.actions().len(), 3);
    let calls = cloud.calls();
    assert_eq!((calls[0].action.as_str(), calls[0].count, calls[0].failures), ("sts:GetCallerIdentity", 3, 0));
    assert!(calls[0].took >= Duration::from_millis(60), "{calls:?}");
}

#[test]
fn a_read_that_never_works_ends_after_four_attempts() {
    let server = Server::new(|_, _| Reply::Resets);
    let cloud = server.cloud();
    let error = server.clock.block_on(cloud.identity()).unwrap_err();
    assert_eq!((error.kind, server.actions().len()), (ErrorKind::Transport, 4));
    assert!(error.hint.is_some_and(|hint| hint.contains("us-east-1")));
    assert_eq!(cloud.calls()[0].failures, 1);
}

#[test]
fn a_silent_server_costs_its_time_limit_and_no_more() {
    let server = Server::new(|_, _| Reply::IsSilent);
    let outcome = apply(&server, &server.cloud(), &create_network());
    let Outcome::Unknown(error) = outcome else { panic!("{outcome:?}") };
    assert_eq!(error.message, "no answer in time");
    assert_eq!(server.clock.now().as_secs(), 30);
}

#[test]
fn tokens_and_tags_go_with_the_call_that_creates() {
    let server = Server::new(|asked, _| ok(asked, "<natGateway><natGatewayId>nat-1</natGatewayId></natGateway>"));
    let tags = Tags::from([("egress:stack".to_owned(), "s".to_owned())]);
    let op = CreateNatGateway { subnet: "subnet-1".into(), address: "eipalloc-1".into(), tags };
    let outcome = apply(&server, &server.cloud(), &Op::Gateway(GatewayOp::CreateNatGateway(op)));
    assert_eq!(outcome, Outcome::Done(egress_core::Effect::created("nat-1".into())));
    let body = &server.bodies()[0];
    for part in ["ClientToken=t0ken", "AllocationId=eipalloc-1", "egress%3Astack", "ResourceType=natgateway"] {
        assert!(body.contains(part), "{part} is not in {body}");
    }
}

#[test]
fn once_a_part_of_an_op_is_done_its_failure_is_unknown() {
    let server = Server::new(|asked, _| match asked.action.as_str() {
        "CreateTags" => ok(asked, "<return>true</return>"),
        _ => refuses(400, "InvalidParameterValue", "no"),
    });
    let op = |set: &[(&str, &str)]| {
        let set = set.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let op = SetTags { resource: "vpc-1".into(), kind: Kind::Network, set, remove: vec!["b".to_owned()] };
        Op::Network(NetworkOp::SetTags(op))
    };
    let cloud = server.cloud();
    assert!(matches!(apply(&server, &cloud, &op(&[("a", "1")])), Outcome::Unknown(_)));
    assert!(matches!(apply(&server, &cloud, &op(&[])), Outcome::Failed(_)));
    assert_eq!(server.actions(), ["CreateTags", "DeleteTags", "DeleteTags"]);
}

#[test]
fn observers_share_what_more_than_one_of_them_wants() {
    let server = Server::new(|asked, _| super::observing::empty(asked));
    let cloud = server.cloud();
    let scope = Scope::Stack {
        stack: egress_core::StackName::new("s").unwrap(),
        functions: ["f".into()].into(),
        networks: [].into(),
    };
    server.clock.block_on(cloud.observe(&scope)).unwrap();
    let count = |action: &str| server.actions().iter().filter(|a| *a == action).count();
    assert_eq!(count("DescribeVpcs"), 1, "{:?}", server.actions());
    assert_eq!(count("GET /2015-03-31/functions/f"), 1, "{:?}", server.actions());
}
