//! Bad files, and what is said about them.

use super::render::all_rendered;
use crate::spec::{Mistake, SpecError, parse};

/// A file without a preset, complete and right, whose pieces the cases below replace.
const FULL: &str = r#"stack = "prod"
[network]
name = "net"
cidr = "10.0.0.0/16"
[internet_gateway]
name = "igw"
route_table = "pub_rt"
[[public_subnet]]
name = "pub"
cidr = "10.0.10.0/24"
[[private_subnet]]
name = "prv1"
cidr = "10.0.1.0/24"
[[private_subnet]]
name = "prv2"
cidr = "10.0.2.0/24"
[[nat_gateway]]
name = "nat"
route_table = "prv_rt"
[security_group]
name = "sg"
"#;

/// Holds a text against its snapshot, which shows the text alone.
macro_rules! check {
    ($($argument:expr),*) => {
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!($($argument),*) })
    };
}

/// The full file with some of its text replaced, each piece once.
fn full(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(FULL.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    })
}

/// Shows the full file with each change.
fn changed(cases: &[(&str, &[(&str, &str)])]) -> String {
    let texts: Vec<(&str, String)> = cases.iter().map(|(name, changes)| (*name, full(changes))).collect();
    all_rendered(&texts.iter().map(|(name, text)| (*name, text.as_str())).collect::<Vec<_>>())
}

#[test]
fn the_full_file_is_right() {
    assert_eq!(parse(FULL).unwrap().warnings, []);
}

#[test]
fn text_without_its_end_is_shown_with_its_line() {
    check!(all_rendered(&[
        ("in a line", "stack = \"prod\npreset = \"lambda-static-ip\"\n"),
        ("in the last line", "stack = \"prod\"\npreset = \"lambda-static-ip"),
        ("before empty lines", "stack = \"prod\"\npreset = 'lambda-static-ip\n\n\n"),
        ("of many lines", "stack = \"prod\"\npreset = \"\"\"lambda\nstatic\n\n[tags]\nteam = \"pay\"\n"),
    ]));
}

#[test]
fn syntax() {
    check!(all_rendered(&[
        ("nothing at all", ""),
        ("no toml", "hello"),
        ("a value left out, and a wrong one", "stack = \npreset = \"lambda-static-ip\"\nports = [0]"),
        ("quotes left out", "stack = prod\npreset = \"lambda-static-ip\""),
        ("quotes not closed", "stack = \"prod\npreset = \"lambda-static-ip\"\nregion = 7"),
        (
            "a header not closed, and a wrong key in the next table",
            "stack = \"prod\"\npreset = \"lambda-static-ip\"\n[network\ncidr = \"10.0.0.0/16\"\n[security_group]\nnam = \"x\"",
        ),
        ("the same key twice", "stack = \"a\"\nstack = \"b\"\npreset = \"lambda-static-ip\""),
        (
            "the same table twice",
            "stack = \"a\"\npreset = \"lambda-static-ip\"\n[network]\nname = \"a\"\n[network]\ncidr = \"10.1.0.0/16\"",
        ),
        ("a list not closed", "stack = \"a\"\npreset = \"lambda-static-ip\"\nports = [443\n[network]\nname = \"x\"\n"),
        ("a header not closed, and more below it", "stack = \"s\"\n[network\nname = = 3\ncidr \"x\"\n"),
        ("several", "stack = 'a\n= 3\nports = [1,,2]\n\u{1}"),
    ]));
}

#[test]
fn a_file_nested_without_end_is_refused() {
    for open in ["a = ", "stack = \"s\"\nports = "] {
        let error = parse(&format!("{open}{}", "[".repeat(100_000))).unwrap_err();
        assert!(!error.mistakes.is_empty());
    }
    assert!(parse(&format!("{}a = 1", "a.".repeat(100_000))).is_err());
}

#[test]
fn keys() {
    check!(all_rendered(&[
        (
            "unknown keys, near and far",
            "stak = \"prod\"\nprest = \"lambda-static-ip\"\ncolour = \"red\"\n[vpc]\n[[public_subnets]]\n\"a\\nb\" = 1",
        ),
        (
            "unknown keys in tables",
            "stack = \"prod\"\npreset = \"lambda-static-ip\"\n[network]\ncidr_block = \"10.0.0.0/16\"\nsubnet = 1\n[[function]]\nname = \"f\"\npermision = \"none\"",
        ),
        ("a key of the file in a table", "stack = \"prod\"\npreset = \"lambda-static-ip\"\n[network]\nports = [443]"),
        ("nothing but a stack", "stack = \"prod\""),
        (
            "tables without their keys",
            "[network]\n[internet_gateway]\n[[public_subnet]]\n[[private_subnet]]\n[[nat_gateway]]\n[[address]]\n[security_group]\n[[function]]",
        ),
        (
            "empty lists",
            "stack = \"s\"\npublic_subnet = []\nprivate_subnet = []\nnat_gateway = []\npreset = \"lambda-static-ip\""
        ),
    ]));
}

#[test]
fn types() {
    check!(all_rendered(&[
        (
            "every key of another type",
            "stack = 1\naccount = 123456789012\nregion = true\npreset = 1979-05-27\nports = 8443\necho_url = 1.5\ntags = []\n\
         network = \"10.0.0.0/16\"\n[[internet_gateway]]\n[public_subnet]\n[[private_subnet]]\nname = []\ncidr = 10\n\
         zone = true\nnat = {}\n[[nat_gateway]]\nname = 1\nsubnet = 1\nroute_table = 1\naddress = 1\n[[address]]\nname = 1\nnat = 1\nip = 1\n[security_group]\nname = 0x1F\n\
         [[function]]\nname = false\npermission = 1",
        ),
        (
            "lists of other things",
            "stack = \"s\"\npreset = \"lambda-static-ip\"\nports = [\"443\", 8.5, 8443]\nfunction = [\"pay\"]\n[tags]\na = 1\n\"b\\u001b\" = []",
        ),
        (
            "a zone's number in quotes",
            "stack = \"s\"\npreset = \"lambda-static-ip\"\n[[private_subnet]]\nname = \"a\"\ncidr = \"10.0.1.0/24\"\nzone = \"2\"",
        )
    ]));
}

#[test]
fn values() {
    check!(all_rendered(&[
        (
            "at the top",
            "stack = \"Prod\"\naccount = \"\"\nregion = \"eu west\"\npreset = \"lambda-static\"\nports = [0, 65536, 99999999999999999999, -1]\necho_url = \"checkip\"",
        ),
        (
            "an unknown preset",
            "stack = \"a-stack-with-a-name-of-33-letters\"\npreset = \"vpn\"\necho_url = \"https://\"",
        ),
        (
            "tags",
            "stack = \"s\"\npreset = \"lambda-static-ip\"\n[tags]\n\"egress:stack\" = \"x\"\n\"AWS:x\" = \"y\"\n\"\" = \"\"\nowner = \"a&b\"\n\"a,b\" = \"支付 团队\"\nName = \"x\"",
        ),
        (
            "functions",
            "stack = \"s\"\npreset = \"lambda-static-ip\"\n[[function]]\nname = \"arn:aws:lambda:eu-west-1:123456789012:function:pay:live\"\n[[function]]\nname = \"pay:live\"\n[[function]]\nname = \"\"\n[[function]]\nname = \"a b\"\n[[function]]\nname = \"f\"\npermission = \"inlin\"\n[[function]]\nname = \"g\"\npermission = \"full\"",
        )
    ]));
    let long = format!(
        "stack = \"s\"\npreset = \"lambda-static-ip\"\n[network]\nname = \"{0}\"\n[tags]\n{0} = \"{0}{0}\"\n[[function]]\nname = \"{0}{0}\"",
        "x".repeat(129)
    );
    check!("values_too_long", all_rendered(&[("too long", &long)]));
    let many: String = (0..41).map(|i| format!("k{i} = \"\"\n")).collect();
    let many = parse(&format!("stack = \"s\"\npreset = \"lambda-static-ip\"\n[tags]\n{many}"));
    assert_eq!(many.unwrap_err().mistakes[0].message, "41 tags are too many");
}

#[test]
fn names() {
    check!(changed(&[
        ("characters", &[("\"net\"", "\"my net\""), ("\"igw\"", "\"网关\""), ("\"nat\"", "\"\"")]),
        ("subnets of one name, public and private", &[("\"prv2\"", "\"pub\"")]),
        (
            "gateways of one name",
            &[("[security_group]", "[[nat_gateway]]\nname = \"nat\"\nroute_table = \"b\"\n[security_group]")]
        ),
        ("one route table for both ways", &[("\"prv_rt\"", "\"pub_rt\"")]),
        (
            "functions of one name",
            &[("name = \"sg\"", "name = \"sg\"\n[[function]]\nname = \"f\"\n[[function]]\nname = \"f\"")]
        ),
        ("a group called default", &[("\"sg\"", "\"default\"")]),
        ("a group like an id", &[("\"sg\"", "\"sg-functions\"")]),
    ]));
}

#[test]
fn references() {
    check!(changed(&[
        ("an unknown gateway, close", &[("\"10.0.1.0/24\"", "\"10.0.1.0/24\"\nnat = \"nta\"")]),
        ("an unknown gateway, far", &[("\"10.0.1.0/24\"", "\"10.0.1.0/24\"\nnat = \"elsewhere\"")]),
        ("an unknown subnet", &[("\"prv_rt\"", "\"prv_rt\"\nsubnet = \"elsewhere\"")]),
        ("a gateway in a private subnet", &[("\"prv_rt\"", "\"prv_rt\"\nsubnet = \"prv1\"")]),
        (
            "which of two gateways, which of two subnets",
            &[
                (
                    "[[private_subnet]]",
                    "[[public_subnet]]\nname = \"pub2\"\ncidr = \"10.0.11.0/24\"\n[[private_subnet]]"
                ),
                (
                    "[security_group]",
                    "[[nat_gateway]]\nname = \"nat2\"\nroute_table = \"b\"\nsubnet = \"pub2\"\n[security_group]"
                ),
            ],
        ),
        (
            "an idle gateway",
            &[
                ("\"10.0.1.0/24\"", "\"10.0.1.0/24\"\nnat = \"nat\""),
                ("\"10.0.2.0/24\"", "\"10.0.2.0/24\"\nnat = \"nat\""),
                ("[security_group]", "[[nat_gateway]]\nname = \"nat2\"\nroute_table = \"b\"\n[security_group]"),
            ],
        ),
        (
            "a name that is wrong is not missed elsewhere",
            &[("\"pub\"", "\"my pub\""), ("\"prv_rt\"", "\"prv_rt\"\nsubnet = \"pub\"")]
        ),
        (
            "an address for two gateways",
            &[
                ("\"prv_rt\"", "\"prv_rt\"\naddress = \"203.0.113.7\""),
                ("\"10.0.1.0/24\"", "\"10.0.1.0/24\"\nnat = \"nat\""),
                ("\"10.0.2.0/24\"", "\"10.0.2.0/24\"\nnat = \"nat2\""),
                (
                    "[security_group]",
                    "[[nat_gateway]]\nname = \"nat2\"\nroute_table = \"b\"\naddress = \"203.0.113.7\"\n[security_group]"
                ),
            ],
        ),
        ("a private address", &[("\"prv_rt\"", "\"prv_rt\"\naddress = \"10.0.10.5\"")]),
        ("no address", &[("\"prv_rt\"", "\"prv_rt\"\naddress = \"203.0.113\"")]),
    ]));
}

#[test]
fn addresses() {
    let listed = |tables: &str| format!("{tables}[security_group]");
    let two_gateways = "[[nat_gateway]]\nname = \"nat2\"\nroute_table = \"b\"\naddress = \"203.0.113.7\"\n";
    let many: String = (2..=9).map(|n| format!("[[address]]\nname = \"a{n}\"\n")).collect();
    let one = |table: &str| listed(&format!("[[address]]\n{table}"));
    check!(changed(&[
        ("an unknown gateway", &[("[security_group]", &one("name = \"a\"\nnat = \"nta\"\n"))]),
        ("not a public one", &[("[security_group]", &one("name = \"a\"\nip = \"10.0.10.5\"\n"))]),
        ("the gateway's own name", &[("[security_group]", &one("name = \"nat\"\n"))]),
        (
            "one name twice, one IP twice",
            &[(
                "[security_group]",
                &one("name = \"a\"\nip = \"203.0.113.8\"\n[[address]]\nname = \"a\"\nip = \"203.0.113.8\"\n")
            )]
        ),
        (
            "which of two gateways, and an IP that one of them has",
            &[
                ("\"10.0.1.0/24\"", "\"10.0.1.0/24\"\nnat = \"nat\""),
                ("\"10.0.2.0/24\"", "\"10.0.2.0/24\"\nnat = \"nat2\""),
                (
                    "[security_group]",
                    &listed(&format!("{two_gateways}[[address]]\nname = \"a\"\nip = \"203.0.113.7\"\n"))
                ),
            ]
        ),
        ("too many", &[("[security_group]", &listed(&many))]),
    ]));
}

#[test]
fn ranges() {
    check!(changed(&[
        ("host bits", &[("10.0.0.0/16", "10.0.3.7/16"), ("10.0.1.0/24", "10.0.1.9/24")]),
        ("outside", &[("10.0.1.0/24", "10.1.1.0/24")]),
        ("overlaps", &[("10.0.1.0/24", "10.0.10.128/25"), ("10.0.2.0/24", "10.0.0.0/20")]),
        ("prefixes", &[("10.0.0.0/16", "10.0.0.0/15"), ("10.0.1.0/24", "10.0.1.0/29")]),
        (
            "no ranges",
            &[
                ("10.0.0.0/16", "10.0.0.0"),
                ("10.0.1.0/24", "fd00::/64"),
                ("10.0.2.0/24", "x"),
                ("10.0.10.0/24", "10.0.10.0/33")
            ]
        ),
        (
            "the container bridge",
            &[
                ("10.0.0.0/16", "172.17.0.0/16"),
                ("10.0.1.0/24", "172.17.1.0/24"),
                ("10.0.2.0/24", "172.17.2.0/24"),
                ("10.0.10.0/24", "172.17.10.0/24")
            ],
        ),
        (
            "not private",
            &[
                ("10.0.0.0/16", "8.8.0.0/16"),
                ("10.0.1.0/24", "8.8.1.0/24"),
                ("10.0.2.0/24", "8.8.2.0/24"),
                ("10.0.10.0/24", "8.8.10.0/24")
            ],
        ),
    ]));
}

#[test]
fn zones() {
    check!(changed(&[
        ("all in one, by number", &[("\"10.0.2.0/24\"", "\"10.0.2.0/24\"\nzone = 1")]),
        (
            "all in one, by name",
            &[
                ("\"10.0.1.0/24\"", "\"10.0.1.0/24\"\nzone = \"a\""),
                ("\"10.0.2.0/24\"", "\"10.0.2.0/24\"\nzone = \"a\"")
            ]
        ),
        ("by number and by name, which cannot be compared", &[("\"10.0.2.0/24\"", "\"10.0.2.0/24\"\nzone = \"a\"")]),
        ("a single one", &[("[[private_subnet]]\nname = \"prv2\"\ncidr = \"10.0.2.0/24\"\n", "")]),
        (
            "no zones",
            &[
                ("\"10.0.1.0/24\"", "\"10.0.1.0/24\"\nzone = 0"),
                ("\"10.0.2.0/24\"", "\"10.0.2.0/24\"\nzone = 27"),
                ("\"10.0.10.0/24\"", "\"10.0.10.0/24\"\nzone = \"\"")
            ]
        ),
    ]));
    let seventeen: String =
        (0..17).map(|i| format!("[[private_subnet]]\nname = \"p{i}\"\ncidr = \"10.0.{}.0/24\"\n", 20 + i)).collect();
    let error = parse(&format!("stack = \"s\"\npreset = \"lambda-static-ip\"\n{seventeen}")).unwrap_err();
    assert_eq!(error.to_string(), "17 private subnets are too many");
}

#[test]
fn presets() {
    check!(all_rendered(&[
        (
            "a network of another size",
            "stack = \"s\"\npreset = \"lambda-static-ip\"\n[network]\ncidr = \"10.0.0.0/20\""
        ),
        (
            "a network of another size, and private subnets",
            "stack = \"s\"\npreset = \"lambda-static-ip\"\n[network]\ncidr = \"10.0.0.0/20\"\n[[private_subnet]]\nname = \"a\"\ncidr = \"10.0.1.0/24\"",
        ),
        (
            "a network of an impossible size",
            "stack = \"s\"\npreset = \"lambda-static-ip\"\n[network]\ncidr = \"10.0.0.0/8\""
        ),
        (
            "two gateways for the preset's subnets",
            "stack = \"s\"\npreset = \"lambda-static-ip\"\n[[nat_gateway]]\nname = \"a\"\nroute_table = \"a\"\n[[nat_gateway]]\nname = \"b\"\nroute_table = \"b\"",
        ),
        (
            "a subnet that overlaps the preset's",
            "stack = \"s\"\npreset = \"lambda-static-ip\"\n[[public_subnet]]\nname = \"pub\"\ncidr = \"10.0.1.0/25\"",
        ),
        (
            "the preset's name taken",
            "stack = \"s\"\npreset = \"lambda-static-ip\"\n[[public_subnet]]\nname = \"lambda_prv1\"\ncidr = \"10.0.3.0/24\""
        ),
    ]));
}

#[test]
fn an_error_says_the_first_mistake_and_how_many_follow() {
    let mistake = |message: &str| Mistake { message: message.to_owned(), span: 0..0, hint: None };
    let error = |mistakes| SpecError { mistakes, warnings: Vec::new() }.to_string();
    assert_eq!(error(vec![mistake("a")]), "a");
    assert_eq!(error(vec![mistake("a"), mistake("b"), mistake("c")]), "a (and 2 more mistakes)");
}

#[test]
fn existing_things() {
    const THERE: (&str, &str) = ("cidr = \"10.0.0.0/16\"", "existing = \"vpc-1\"");
    check!(changed(&[
        (
            "in a network that is made",
            &[
                ("name = \"igw\"", "name = \"igw\"\nexisting = \"igw-1\""),
                ("\"prv_rt\"", "\"prv_rt\"\nroutes_in = [\"rtb-1\"]")
            ]
        ),
        ("no id", &[THERE, ("name = \"sg\"", "name = \"sg\"\nexisting = \"the group\"")]),
        (
            "one thing twice",
            &[
                THERE,
                ("\"10.0.1.0/24\"", "\"10.0.1.0/24\"\nexisting = \"s-1\""),
                ("\"10.0.2.0/24\"", "\"10.0.2.0/24\"\nexisting = \"s-1\"")
            ]
        ),
        (
            "a gateway with another address, in a subnet that is made",
            &[THERE, ("\"prv_rt\"", "\"prv_rt\"\nexisting = \"nat-1\"\naddress = \"203.0.113.7\"")]
        ),
        ("an address twice", &[("\"prv_rt\"", "\"prv_rt\"\nexisting_address = \"e-1\"\naddress = \"203.0.113.7\"")]),
        (
            "no range and no table for what is made",
            &[THERE, ("cidr = \"10.0.1.0/24\"\n", ""), ("route_table = \"prv_rt\"\n", "")]
        ),
        (
            "functions of other tools",
            &[(
                "name = \"sg\"",
                "name = \"sg\"\n[[function]]\nname = \"f\"\nattach = \"externl\"\n[[function]]\nname = \"g\"\nattach = \"external\"\npermission = \"inline\""
            )]
        ),
    ]));
}
