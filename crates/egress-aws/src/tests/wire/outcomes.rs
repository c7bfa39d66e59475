//! What each sort of failure becomes.

use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future},
};
use egress_core::{
    CloudExt, CloudId, ErrorKind, FunctionProvider, Invocation, Op, Outcome, Tags, Token,
    op::{
        CreateProbeRole, CreateRoute, DeleteNetwork, DeleteProbeRole, FunctionOp, GatewayOp, GrantNetworkAccess,
        NetworkOp, ReleaseAddress,
    },
    world::{Destination, Grant, Target},
};

use super::connector::{Asked, Reply, Server, ok, refuses};

fn network(op: NetworkOp<CloudId>) -> Op<CloudId> {
    Op::Network(op)
}

fn delete_network() -> Op<CloudId> {
    network(NetworkOp::DeleteNetwork(DeleteNetwork { network: "vpc-1".into() }))
}

fn apply(server: &Server, op: &Op<CloudId>) -> Outcome {
    server.clock.block_on(server.cloud().apply(op, &Token::new("t0ken")))
}

fn failed(outcome: Outcome) -> egress_core::CloudError {
    match outcome {
        Outcome::Failed(error) => error,
        other => panic!("{other:?}"),
    }
}

fn unknown(outcome: Outcome) -> egress_core::CloudError {
    match outcome {
        Outcome::Unknown(error) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_refusal_of_awss_is_failed_by_the_table() {
    let server = Server::new(|_, _| refuses(400, "DependencyViolation", "The vpc 'vpc-1' has dependencies."));
    let error = failed(apply(&server, &delete_network()));
    assert_eq!(error.kind, ErrorKind::InUse);
    assert_eq!(
        error.to_string(),
        "DeleteVpc on vpc-1: DependencyViolation: the network is not empty (AWS: The vpc 'vpc-1' has dependencies.)"
    );
}

#[test]
fn a_failure_of_awss_own_is_unknown() {
    for (status, code) in [(500, "InternalError"), (503, "Unavailable"), (500, "WhatEver")] {
        let server = Server::new(move |_, _| refuses(status, code, "An internal error has occurred"));
        assert_eq!(unknown(apply(&server, &delete_network())).kind, ErrorKind::Internal, "{code}");
    }
}

#[test]
fn an_answer_of_another_shape_is_unknown_and_says_so() {
    for body in ["<html>hello</html>", "{}", "<DeleteVpcResponse", ""] {
        let server = Server::new(move |_, _| Reply::Says(500, body.to_owned()));
        let error = unknown(apply(&server, &delete_network()));
        assert!(matches!(error.kind, ErrorKind::Internal | ErrorKind::Transport), "{body}: {error}");
    }
    let server = Server::new(|_, _| Reply::Says(403, "<html>proxy</html>".to_owned()));
    let error = unknown(apply(&server, &delete_network()));
    assert_eq!((error.kind, error.code), (ErrorKind::Denied, None));
    assert!(error.hint.unwrap().contains("proxy"));
}

#[test]
fn an_answer_without_an_id_is_unknown() {
    let server = Server::new(|asked, _| ok(asked, ""));
    let op = egress_core::op::CreateNetwork { cidr: "10.0.0.0/16".parse().unwrap(), tags: Tags::new() };
    let error = unknown(apply(&server, &network(NetworkOp::CreateNetwork(op))));
    assert_eq!(error.kind, ErrorKind::Transport);
}

#[derive(Debug)]
struct NoCredentials(fn() -> CredentialsError);

impl ProvideCredentials for NoCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err::<Credentials, _>((self.0)()))
    }
}

#[test]
fn without_credentials_nothing_is_sent_and_the_call_is_failed() {
    let reasons: [fn() -> CredentialsError; 3] = [
        || CredentialsError::not_loaded("nobody has any"),
        || CredentialsError::invalid_configuration("no such profile"),
        || CredentialsError::provider_error("the token has expired"),
    ];
    for reason in reasons {
        let server = Server::new(|asked, _| ok(asked, ""));
        let cloud = server.cloud_with(SharedCredentialsProvider::new(NoCredentials(reason)));
        let error = failed(server.clock.block_on(cloud.apply(&delete_network(), &Token::new("t"))));
        assert_eq!((error.kind, server.actions().len()), (ErrorKind::Unauthenticated, 0), "{error}");
        assert!(error.hint.is_some());
        let read = server.clock.block_on(cloud.identity()).unwrap_err();
        assert_eq!((read.kind, cloud.calls()), (ErrorKind::Unauthenticated, Vec::new()));
    }
}

#[test]
fn what_cannot_be_written_as_a_call_is_failed() {
    let server = Server::new(|asked, _| ok(asked, ""));
    let route = |target| {
        let op = CreateRoute { table: "rtb-1".into(), destination: Destination::default_v4(), target };
        network(NetworkOp::CreateRoute(op))
    };
    assert_eq!(failed(apply(&server, &route(Target::Other("lgw-1".into())))).kind, ErrorKind::Unsupported);
    let grant = GrantNetworkAccess { role: "r".into(), grant: Grant::Other("p".into()) };
    let grant = Op::Function(FunctionOp::GrantNetworkAccess(grant));
    assert_eq!(failed(apply(&server, &grant)).kind, ErrorKind::Unsupported);
    assert_eq!(server.actions(), [""; 0]);
}

const ADDRESS: &str = "<addressesSet><item><allocationId>eipalloc-1</allocationId>\
                       <publicIp>192.0.2.1</publicIp></item></addressesSet>";

#[test]
fn an_address_is_released_only_by_the_ip_that_it_has() {
    let server = Server::new(|asked, _| match asked.action.as_str() {
        "DescribeAddresses" => ok(asked, ADDRESS),
        _ => refuses(400, "AuthFailure", "You do not have permission to access the specified resource."),
    });
    let release = |ip: &str| {
        let op = ReleaseAddress { address: "eipalloc-1".into(), ip: ip.parse().unwrap() };
        Op::Gateway(GatewayOp::ReleaseAddress(op))
    };
    assert_eq!(failed(apply(&server, &release("192.0.2.2"))).kind, ErrorKind::Invalid);
    assert_eq!(server.actions(), ["DescribeAddresses"]);
    assert_eq!(failed(apply(&server, &release("192.0.2.1"))).kind, ErrorKind::InUse);
    assert_eq!(server.actions(), ["DescribeAddresses", "DescribeAddresses", "ReleaseAddress"]);
}

fn role(asked: &Asked, path: &str, stack: &str) -> Reply {
    let action = &asked.action;
    ok(
        asked,
        &format!(
            "<{action}Result><Role><Path>{path}</Path><RoleName>p</RoleName><RoleId>AROA</RoleId>\
         <Arn>arn:aws:iam::123456789012:role{path}p</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>\
         <Tags><member><Key>egress:stack</Key><Value>{stack}</Value></member></Tags></Role></{action}Result>"
        ),
    )
}

fn iam_refuses(status: u16, code: &str) -> Reply {
    let error = format!("<Error><Code>{code}</Code><Message>m</Message></Error>");
    Reply::Says(status, format!("<ErrorResponse>{error}</ErrorResponse>"))
}

fn create_role() -> Op<CloudId> {
    let tags = Tags::from([("egress:stack".to_owned(), "s".to_owned())]);
    Op::Function(FunctionOp::CreateProbeRole(CreateProbeRole { name: "p".to_owned(), tags }))
}

#[test]
fn a_role_of_ours_that_is_there_is_finished_and_anybody_elses_is_left() {
    let with = |path: &'static str, stack: &'static str| {
        Server::new(move |asked, _| match asked.action.as_str() {
            "CreateRole" => iam_refuses(409, "EntityAlreadyExists"),
            "GetRole" => role(asked, path, stack),
            _ => ok(asked, ""),
        })
    };
    let ours = with("/egress/s/", "s");
    assert_eq!(apply(&ours, &create_role()), Outcome::Done(egress_core::Effect::created("p".into())));
    assert_eq!(ours.actions(), ["CreateRole", "GetRole", "AttachRolePolicy"]);
    for (path, stack) in [("/", "s"), ("/egress/s/", "t")] {
        let other = with(path, stack);
        assert_eq!(failed(apply(&other, &create_role())).kind, ErrorKind::AlreadyExists);
        assert_eq!(other.actions(), ["CreateRole", "GetRole"]);
    }
}

#[test]
fn a_role_that_is_made_and_not_finished_is_unknown() {
    let server = Server::new(|asked, _| match asked.action.as_str() {
        "CreateRole" => role(asked, "/egress/s/", "s"),
        _ => iam_refuses(403, "AccessDenied"),
    });
    let outcome = apply(&server, &create_role());
    assert_eq!(unknown(outcome).kind, ErrorKind::Denied);
}

#[test]
fn a_probes_role_goes_with_its_policies() {
    let server = Server::new(|asked, _| match asked.action.as_str() {
        "ListAttachedRolePolicies" => ok(
            asked,
            "<ListAttachedRolePoliciesResult><IsTruncated>false</IsTruncated><AttachedPolicies><member>\
             <PolicyArn>arn:aws:iam::aws:policy/x</PolicyArn></member></AttachedPolicies></ListAttachedRolePoliciesResult>",
        ),
        "ListRolePolicies" => ok(asked, "<ListRolePoliciesResult><PolicyNames/></ListRolePoliciesResult>"),
        "DetachRolePolicy" => ok(asked, ""),
        _ => iam_refuses(409, "DeleteConflict"),
    });
    let delete = Op::Function(FunctionOp::DeleteProbeRole(DeleteProbeRole { role: "p".into() }));
    // The policy is gone, so the Op has changed something: it is not failed.
    assert_eq!(unknown(apply(&server, &delete)).kind, ErrorKind::InUse);
    assert!(server.actions().ends_with(&["DetachRolePolicy".to_owned(), "DeleteRole".to_owned()]));
}

#[test]
fn a_function_that_fails_says_why() {
    let server = Server::new(|_, _| Reply::Says(200, r#"{"errorMessage":"boom"}"#.to_owned()));
    let ask = Invocation { function: "f".into(), payload: serde_json::json!({ "url": "u" }) };
    let invoked = server.clock.block_on(server.cloud().invoke(&ask)).unwrap();
    assert_eq!((invoked.payload["errorMessage"].as_str(), invoked.error), (Some("boom"), None));
    assert_eq!(server.bodies(), [r#"{"url":"u"}"#]);
    let server = Server::new(|_, _| Reply::Says(200, "not json".to_owned()));
    let error = server.clock.block_on(server.cloud().invoke(&ask)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Transport);
}
