//! Calls that come too often, on the wire.

use super::testing::{Client, Said, element};
use crate::{Config, Throttling};

fn client() -> Client {
    Client::with(Config::new(7).throttling(Throttling::On))
}

/// How many calls at one moment are let through, and how the next one is refused: the status and the code.
fn until_refused(call: impl Fn() -> Said) -> (usize, u16, String) {
    let refused = (0..).map(|n| (n, call())).find(|(_, (status, _))| *status != 200).unwrap();
    let (n, (status, body)) = refused;
    (n, status, body)
}

fn ec2(client: &Client, form: &[(&str, &str)]) -> (usize, u16, String) {
    let (n, status, body) = until_refused(|| client.form("ec2", form));
    (n, status, element(&body, "Code"))
}

#[test]
fn each_service_refuses_in_its_own_words_and_lets_through_again_what_the_bucket_gets() {
    let client = client();
    let vpcs = [("Action", "DescribeVpcs"), ("Version", "2016-11-15")];
    assert_eq!(ec2(&client, &vpcs), (100, 503, "RequestLimitExceeded".to_owned()));
    client.wait(2);
    assert_eq!(ec2(&client, &vpcs).0, 40);

    let (n, status, body) = until_refused(|| client.rest("GET", "/2015-03-31/functions", ""));
    assert_eq!((n, status), (15, 429));
    assert!(body.contains("Rate exceeded"), "{body}");

    let roles = [("Action", "ListRoles"), ("Version", "2010-05-08")];
    let (n, status, body) = until_refused(|| client.form("iam", &roles));
    assert_eq!((n, status, element(&body, "Code")), (100, 400, "Throttling".to_owned()));
}

#[test]
fn who_asks_for_everything_at_once_may_ask_less_often() {
    let groups = [("Action", "DescribeSecurityGroups"), ("Version", "2016-11-15")];
    let paged = [&groups[..], &[("MaxResults", "100")]].concat();
    assert_eq!((ec2(&client(), &groups).0, ec2(&client(), &paged).0), (50, 100));
}

#[test]
fn where_nothing_takes_time_nothing_is_refused_unless_it_is_asked_for() {
    let client = Client::new();
    let vpcs = [("Action", "DescribeVpcs"), ("Version", "2016-11-15")];
    assert!((0..500).all(|_| client.form("ec2", &vpcs).0 == 200));
}
