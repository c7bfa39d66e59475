//! The JSON Schema against the parser.

use std::collections::BTreeSet;

use proptest::{strategy::Strategy, strategy::ValueTree, string::string_regex, test_runner::TestRunner};
use serde_json::{Map, Value};

use crate::{
    StackName,
    spec::{
        file::{
            AddressTable, File, FunctionTable, InternetGatewayTable, NatGatewayTable, NetworkTable, PrivateSubnetTable,
            PublicSubnetTable, SecurityGroupTable,
        },
        json_schema, parse,
        read::{Asked, Need, keys_of},
        template,
    },
};

#[test]
fn the_schema_is_as_it_was_reviewed() {
    insta::assert_json_snapshot!(json_schema());
}

#[test]
fn the_schema_and_the_parser_know_the_same_keys() {
    let schema = json_schema();
    let table = |name: &str| schema["$defs"][name].clone();
    let pairs = [
        (keys_of::<File>(), schema.clone()),
        (keys_of::<NetworkTable>(), table("network")),
        (keys_of::<InternetGatewayTable>(), table("internet_gateway")),
        (keys_of::<PublicSubnetTable>(), table("public_subnet")),
        (keys_of::<PrivateSubnetTable>(), table("private_subnet")),
        (keys_of::<NatGatewayTable>(), table("nat_gateway")),
        (keys_of::<AddressTable>(), table("address")),
        (keys_of::<SecurityGroupTable>(), table("security_group")),
        (keys_of::<FunctionTable>(), table("function")),
    ];
    for (asked, described) in pairs {
        assert_eq!(keys(&asked), described_keys(&described));
        assert_eq!(described["additionalProperties"], false);
    }
}

fn keys(asked: &[Asked]) -> BTreeSet<(String, Need)> {
    asked.iter().map(|a| (a.key.to_owned(), a.need)).collect()
}

fn described_keys(table: &Value) -> BTreeSet<(String, Need)> {
    let required = table["required"].as_array().cloned().unwrap_or_default();
    let need = |key: &str| if required.iter().any(|r| r == key) { Need::Required } else { Need::Optional };
    table["properties"].as_object().unwrap().keys().map(|key| (key.clone(), need(key))).collect()
}

#[test]
fn every_key_is_described() {
    let schema = json_schema();
    let tables = schema["$defs"].as_object().unwrap().values().filter(|t| t["type"] == "object");
    for table in tables.chain([&schema]) {
        for (key, property) in table["properties"].as_object().unwrap() {
            assert!(property["description"].as_str().is_some_and(|d| d.ends_with('.')), "{key}: {property}");
        }
    }
}

#[test]
fn the_template_and_the_example_of_the_docs_validate() {
    let template = template(&StackName::new("prod").unwrap(), Some("eu-west-1"), &["a"]);
    for text in [&template, EVERY_KEY] {
        parse(text).unwrap();
        validate(text).unwrap();
    }
}

#[test]
fn what_is_wrong_in_itself_does_not_validate() {
    for (wrong, place) in [
        ("stack = 1", "stack"),
        ("colour = 1\nstack = 's'", "colour"),
        ("preset = 'lambda-static-ip'", "stack"),
        ("stack = 's'\npreset = 'x'", "preset"),
        ("stack = 's'\nports = [0]", "ports"),
        ("stack = 's'\nports = [65536]", "ports"),
        ("stack = 's'\nnetwork = []", "network"),
        ("stack = 's'\n[[private_subnet]]\ncidr = '10.0.0.0/24'", "name"),
        ("stack = 's'\n[[private_subnet]]\nname = 'a'\ncidr = 'b'\nzone = 27", "zone"),
        ("stack = 's'\n[[address]]\nip = '203.0.113.7'", "name"),
        ("stack = 's'\n[[function]]\nname = 'a'\npermission = 'x'", "permission"),
        ("stack = 's'\n[tags]\na = 1", "tags"),
    ] {
        assert!(parse(wrong).is_err(), "{wrong}");
        assert!(validate(wrong).unwrap_err().contains(place), "{wrong}: {:?}", validate(wrong));
    }
}

/// What the schema's patterns admit, the parser admits too: an editor never says right what egress says is wrong.
#[test]
fn a_text_that_fits_a_pattern_is_read() {
    let schema = json_schema();
    let pattern = |pointer: &str| schema.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    let cases = [
        ("/properties/stack/pattern", "stack = @\npreset = 'lambda-static-ip'"),
        ("/properties/account/pattern", "stack = 's'\npreset = 'lambda-static-ip'\naccount = @"),
        ("/properties/region/pattern", "stack = 's'\npreset = 'lambda-static-ip'\nregion = @"),
        ("/properties/echo_url/pattern", "stack = 's'\npreset = 'lambda-static-ip'\necho_url = @"),
        ("/properties/tags/additionalProperties/pattern", "stack = 's'\npreset = 'lambda-static-ip'\ntags.a = @"),
        ("/properties/tags/propertyNames/pattern", "stack = 's'\npreset = 'lambda-static-ip'\ntags.@ = 'a'"),
        ("/$defs/network/properties/name/pattern", "stack = 's'\npreset = 'lambda-static-ip'\nnetwork.name = @"),
        (
            "/$defs/function/properties/name/pattern",
            "stack = 's'\npreset = 'lambda-static-ip'\nfunction = [{ name = @ }]",
        ),
        (
            "/$defs/public_subnet/properties/zone/oneOf/1/pattern",
            "stack = 's'\npreset = 'lambda-static-ip'\npublic_subnet = [{ name = 'a', cidr = '10.0.5.0/24', zone = @ }]",
        ),
    ];
    let mut runner = TestRunner::deterministic();
    for (pointer, text) in cases {
        // Patterns match whole texts anyway here; this library does not know the anchors.
        let pattern = pattern(pointer);
        let texts = string_regex(pattern.trim_start_matches('^').trim_end_matches('$')).unwrap();
        for _ in 0..200 {
            let value = texts.new_tree(&mut runner).unwrap().current();
            let file = text.replace('@', &Value::from(value).to_string());
            assert_eq!(parse(&file).map(|_| ()), Ok(()), "{file}");
        }
    }
}

/// The file of the module's docs.
const EVERY_KEY: &str = r#"
stack = "prod"
account = "123456789012"
region = "eu-west-1"
preset = "lambda-static-ip"
ports = [443, 8443]
echo_url = "https://checkip.amazonaws.com/"
tags = { team = "payments" }
network = { name = "pay", cidr = "10.20.0.0/16" }
internet_gateway = { name = "pay-igw", route_table = "pay-public" }
security_group = { name = "pay-functions" }
function = [{ name = "pay", permission = "inline" }]
public_subnet = [{ name = "pay-public-a", cidr = "10.20.0.0/24", zone = 1 }]
private_subnet = [
    { name = "pay-private-a", cidr = "10.20.1.0/24", zone = "eu-west-1a", nat = "pay-nat" },
    { name = "pay-private-b", cidr = "10.20.2.0/24", zone = "eu-west-1b", nat = "pay-nat" },
]
nat_gateway = [{ name = "pay-nat", subnet = "pay-public-a", route_table = "pay-private", address = "203.0.113.7" }]
address = [{ name = "pay-nat-2", nat = "pay-nat", ip = "203.0.113.8" }]
"#;

/// Holds a file against the schema: the parts of JSON Schema that the schema uses, but for patterns and formats. A word
/// that is not known here fails.
fn validate(text: &str) -> Result<(), String> {
    let file: toml::Table = toml::from_str(text).map_err(|e| e.to_string())?;
    let schema = json_schema();
    holds(&schema, &schema, &serde_json::to_value(file).unwrap(), "file")
}

fn holds(root: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    for (word, said) in schema.as_object().unwrap() {
        let fits = match word.as_str() {
            "$schema" | "title" | "description" | "pattern" | "format" | "$defs" | "default" | "propertyNames" => true,
            "$ref" => {
                let pointer = said.as_str().unwrap().trim_start_matches('#');
                holds(root, root.pointer(pointer).unwrap(), value, at)?;
                true
            }
            "type" => match said.as_str().unwrap() {
                "string" => value.is_string(),
                "integer" => value.is_i64(),
                "array" => value.is_array(),
                "object" => value.is_object(),
                other => panic!("unknown type {other}"),
            },
            "enum" => said.as_array().unwrap().contains(value),
            "const" => said == value,
            "minimum" => value.as_i64().is_none_or(|n| n >= said.as_i64().unwrap()),
            "maximum" => value.as_i64().is_none_or(|n| n <= said.as_i64().unwrap()),
            "maxProperties" => value.as_object().is_none_or(|o| o.len() as u64 <= said.as_u64().unwrap()),
            "oneOf" => said.as_array().unwrap().iter().filter(|s| holds(root, s, value, at).is_ok()).count() == 1,
            "items" => {
                for element in value.as_array().into_iter().flatten() {
                    holds(root, said, element, at)?;
                }
                true
            }
            "required" => {
                for key in said.as_array().unwrap().iter().filter_map(Value::as_str) {
                    if value.as_object().is_some_and(|o| !o.contains_key(key)) {
                        return Err(format!("{at} lacks {key}"));
                    }
                }
                true
            }
            "properties" => {
                for (key, value) in value.as_object().into_iter().flatten() {
                    if let Some(schema) = said.get(key) {
                        holds(root, schema, value, &format!("{at}.{key}"))?;
                    }
                }
                true
            }
            "additionalProperties" => {
                let none = Map::new();
                let described = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
                for (key, value) in value.as_object().into_iter().flatten().filter(|(k, _)| !described.contains_key(*k))
                {
                    match said {
                        Value::Bool(false) => return Err(format!("{at} does not know {key}")),
                        schema => holds(root, schema, value, &format!("{at}.{key}"))?,
                    }
                }
                true
            }
            other => panic!("the schema uses `{other}`, which this test does not know"),
        };
        if !fits {
            return Err(format!("{at}: {value} against {word} {said}"));
        }
    }
    Ok(())
}
