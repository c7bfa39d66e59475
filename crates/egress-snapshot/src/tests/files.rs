//! Whatever a file may be.

use std::{fs, path::PathBuf};

use egress_core::world::Listing;
use serde_json::{Value, json};

use super::support::{ACCOUNT, notes, only, snapshot, told, unseen, whose};
use crate::{ReadError, read, read_dir};

fn subnet(id: &str) -> Value {
    json!({"SubnetId": id, "VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "eu-west-1a", "OwnerId": ACCOUNT})
}

fn subnets(snapshot: crate::Snapshot) -> (Vec<String>, bool) {
    let world = only(snapshot);
    let is_seen = world.unseen(Listing::Subnets).is_none();
    (world.network.subnets.into_keys().map(|id| id.to_string()).collect(), is_seen)
}

#[test]
fn answers_may_follow_one_another_stand_in_a_list_or_be_wrapped() {
    let one = json!({"Subnets": [subnet("subnet-1")]});
    let two = json!({"Subnets": [subnet("subnet-2")]});
    let wrapped = |answer: &Value| {
        let when = json!({"__class__": "datetime", "year": 2020});
        let mut data = answer.clone();
        data["ResponseMetadata"] = json!({"Date": when});
        json!({"status_code": 200, "data": data})
    };
    for text in [
        format!("{one}\n{two}"),
        format!("{one:#}{two:#}"),
        json!([one, two]).to_string(),
        format!("{}{}", wrapped(&one), wrapped(&two)),
        json!({"Subnets": [subnet("subnet-1"), subnet("subnet-2")], "Unheard-of": 1}).to_string(),
    ] {
        let snapshot = snapshot(&[("any name", &text)]);
        assert_eq!(notes(&snapshot), Vec::<String>::new(), "{text}");
        assert_eq!(subnets(snapshot), (vec!["subnet-1".to_owned(), "subnet-2".to_owned()], true));
    }
}

#[test]
fn pages_of_one_call_are_united_and_the_last_one_must_be_there() {
    let page = |id: &str, token: Option<&str>| json!({"Subnets": [subnet(id)], "NextToken": token}).to_string();
    let (first, last) = (page("subnet-1", Some("more")), page("subnet-2", None));
    let all = (vec!["subnet-1".to_owned(), "subnet-2".to_owned()], true);
    assert_eq!(subnets(snapshot(&[("1.json", &first), ("2.json", &last)])), all);
    let cut = snapshot(&[("1.json", &first)]);
    assert_eq!(notes(&cut), ["1.json: another page follows it, and none here is the last one"]);
    assert_eq!(subnets(cut), (vec!["subnet-1".to_owned()], false));
}

#[test]
fn a_thing_in_two_files_is_united_and_what_differs_is_told() {
    let mut later = subnet("subnet-1");
    later["CidrBlock"] = json!("10.0.9.0/24");
    later.as_object_mut().unwrap().remove("OwnerId");
    let snapshot = told(&[json!({"Subnets": [subnet("subnet-1")]}), json!({"Subnets": [later]})]);
    let expected = "001.json: Subnets[0]: subnet-1 stands in 000.json too, with other CidrBlock: this one counts";
    assert_eq!(notes(&snapshot), [expected]);
    assert_eq!(only(snapshot).network.subnets[&"subnet-1".into()].cidr, "10.0.9.0/24".parse().unwrap());
}

#[test]
fn an_entry_that_cannot_be_read_spoils_its_listing_and_nothing_else() {
    let with = |field: &str, value: Value| {
        let mut bad = subnet("subnet-2");
        bad[field] = value;
        bad
    };
    for (bad, note) in [
        (with("CidrBlock", json!("10.0.0.0/99")), "`10.0.0.0/99` is no range of addresses"),
        (with("CidrBlock", json!("fd00::/64")), "`fd00::/64` is no range of addresses"),
        (with("SubnetId", json!(null)), "it has no SubnetId"),
        (with("VpcId", json!(7)), "VpcId: invalid type: integer `7`, expected a string"),
        (
            with("AvailableIpAddressCount", json!(1e300)),
            "AvailableIpAddressCount: invalid type: floating point `1e+300`, expected i64",
        ),
        (with("Tags", json!("x")), "Tags: invalid type: string \"x\", expected a sequence"),
        (json!(7), "is a number instead of an object"),
    ] {
        let snapshot = told(&[json!({"Subnets": [subnet("subnet-1"), bad]}), json!({"RouteTables": []})]);
        assert_eq!(notes(&snapshot), [format!("000.json: Subnets[1]: {note}")]);
        let world = only(snapshot);
        assert_eq!(world.network.subnets.len(), 1);
        assert_eq!(world.unseen(Listing::Subnets), Some("aws ec2 describe-subnets"));
        assert_eq!(world.unseen(Listing::RouteTables), None);
    }
}

#[test]
fn a_file_that_is_cut_off_spoils_the_listings_that_it_names() {
    let whole = json!({"Subnets": [subnet("subnet-1")]}).to_string();
    let cut = &whole[..whole.len() - 3];
    let snapshot = snapshot(&[("a.json", &whole), ("b.json", cut), ("c.json", &whose().to_string())]);
    assert_eq!(notes(&snapshot).len(), 1);
    assert!(notes(&snapshot)[0].starts_with("b.json: cannot be read to its end: EOF while parsing"));
    assert_eq!(subnets(snapshot), (vec!["subnet-1".to_owned()], false));
}

#[test]
fn what_is_no_answer_is_told_where_it_claims_to_be_one() {
    let whose = whose().to_string();
    let snapshot = snapshot(&[
        ("a.json", ""),
        ("b.json", "hello"),
        ("c.txt", "hello"),
        ("d.json", "{\"name\": \"package\", \"version\": 1}"),
        ("e.json", "[1, 2]"),
        ("f.json", "{\"VpnGateways\": []}"),
        ("g.json", "{\"status_code\": 400, \"data\": {\"Error\": {}}}"),
        ("h.json", "{\"Subnets\": 7}"),
        ("whose.json", &whose),
    ]);
    insta::assert_snapshot!(notes(&snapshot).join("\n"), @r"
    a.json: holds no JSON
    b.json: holds no JSON
    d.json: holds no answer that is known here; its keys are name, version
    e.json: holds something that is no answer of a call
    g.json: is the record of a call that failed with status 400
    h.json: Subnets: is a number instead of a list
    ");
    assert!(unseen(&only(snapshot)).contains(&Listing::Subnets));
}

#[test]
fn nothing_that_is_known_is_an_error() {
    let files = |text: &str| [(PathBuf::from("a.json"), text.as_bytes().to_vec())];
    for text in ["", "{}", "{\"a\": 1}", "[]", "\u{0}\u{1}"] {
        assert!(matches!(read(files(text)), Err(ReadError::Nothing { .. })), "{text}");
    }
    let missing = read_dir(&PathBuf::from("no such folder")).unwrap_err();
    assert_eq!(missing.to_string(), "cannot read no such folder");
}

#[test]
fn a_folder_is_searched_whatever_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let deep = root.join("a/b.json/c");
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("subnets"), json!({"Subnets": [subnet("subnet-1")]}).to_string()).unwrap();
    fs::write(root.join("picture.png"), [0u8, 159, 146, 150].repeat(1000)).unwrap();
    let wide: Vec<u8> =
        [0xff, 0xfe].into_iter().chain("{\"Vpcs\": []}".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    fs::write(root.join("vpcs.json"), wide).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(root, deep.join("loop")).unwrap();
        std::os::unix::fs::symlink("nowhere", root.join("dangling.json")).unwrap();
    }
    let snapshot = read_dir(root).unwrap();
    #[cfg(unix)]
    assert_eq!(notes(&snapshot), ["dangling.json: cannot be read: No such file or directory (os error 2)"]);
    let world = only(snapshot);
    assert_eq!((world.network.subnets.len(), world.unseen(Listing::Networks)), (1, None));
}

#[test]
fn each_listing_of_which_no_file_is_there_names_the_call() {
    let world = only(snapshot(&[("vpcs.json", "{\"Vpcs\": []}")]));
    let parts = [&world.network.unseen, &world.gateway.unseen, &world.function.unseen];
    let asks: Vec<_> = parts.iter().flat_map(|part| part.iter()).collect();
    let expected: Vec<_> =
        Listing::ALL.iter().filter(|l| **l != Listing::Networks).map(|l| (*l, crate::ask(*l))).collect();
    assert_eq!(asks, expected);
}
