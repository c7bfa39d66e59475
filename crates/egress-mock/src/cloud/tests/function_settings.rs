//! Rules of what can be set of a function, of its versions and of its aliases.

use std::{collections::BTreeMap, time::Duration};

use egress_core::{
    CloudId,
    world::{Alias, Grant, UpdateState, Version},
};

use super::bench::{Bench, attachment, refusal};
use crate::cloud::{
    Code, Configuration, CreateAlias, PublishVersion, UpdateFunctionConfiguration, VpcChange,
    function_facts::PackedCode,
};

super::rules![
    what_is_set_of_a_function_is_checked,
    a_zip_is_known_by_its_hash,
    settings_change_and_the_network_stays,
    a_change_of_role_is_checked,
    a_role_is_named_by_its_arn,
    a_function_that_left_its_network_once_had_one,
    a_function_that_could_not_be_made_says_why,
    a_version_keeps_what_was_published,
    a_version_goes_and_its_interface_with_it,
    an_alias_names_versions,
    an_older_files_function_has_the_usual_settings,
];

fn set(b: &mut Bench, f: &CloudId, change: impl FnOnce(&mut Configuration)) -> Result<(), crate::cloud::ApiError> {
    let mut configuration = b.model.function_facts(f).unwrap().configuration;
    change(&mut configuration);
    b.model.update_function_configuration(UpdateFunctionConfiguration {
        vpc_config: VpcChange::Keep,
        configuration: Some(configuration),
        ..UpdateFunctionConfiguration::of_network(f.clone(), None)
    })
}

fn publish(b: &mut Bench, f: &CloudId) -> String {
    let args = PublishVersion { function_name: f.clone(), description: None, code_sha256: None, revision_id: None };
    b.model.publish_version(args).unwrap()
}

fn what_is_set_of_a_function_is_checked(mut b: Bench) {
    let f = b.function("f");
    let changes: [fn(&mut Configuration); 8] = [
        |c| c.runtime = Some("cobol".to_owned()),
        |c| c.architecture = "X86_64".to_owned(),
        |c| c.timeout = Duration::from_secs(901),
        |c| c.memory_size = 64,
        |c| c.ephemeral_storage = 20_000,
        |c| c.tracing = "Always".to_owned(),
        |c| c.description = "x".repeat(257),
        |c| c.environment = Some(BTreeMap::from([("A".to_owned(), "x".repeat(5_000))])),
    ];
    let said: Vec<String> = changes
        .into_iter()
        .map(|change| {
            let (code, message) = refusal(set(&mut b, &f, change));
            let end = message.rfind(": ").map_or("", |at| &message[at + 2..]).chars().take(60).collect::<String>();
            format!("{} {end}", code.as_str())
        })
        .collect();
    assert_eq!(
        said,
        [
            "InvalidParameterValueException [nodejs20.x, python3.14, provided.al2023, python3.12, python",
            "ValidationException [x86_64, arm64], Member must not be null]",
            "ValidationException Member must have value less than or equal to 900",
            "ValidationException Member must have value greater than or equal to 128",
            "ValidationException Member must have value less than or equal to 10240",
            "ValidationException [Active, PassThrough]",
            "ValidationException Member must have length less than or equal to 256",
            "InvalidParameterValueException {\"A\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        ]
    );
    assert_eq!(b.get(&f).update, UpdateState::Done);
    let role = CloudId::new("f-role");
    assert_eq!(refusal(b.try_function("a:b", &role, None)).0, Code::ValidationFailed);
    assert_eq!(refusal(b.try_function(&"a".repeat(65), &role, None)).0, Code::InvalidFunctionParameter);
}

fn a_zip_is_known_by_its_hash(_: Bench) {
    // As `openssl dgst -sha256 -binary | base64` has it.
    let code = PackedCode::of_zip(b"PK\x03\x04 and so on").unwrap();
    let sha256 = "B8ke83E2nX95ZsidKs4Kn7HEVhTVtZC8pYEV2Sn0m/0=".to_owned();
    assert_eq!(code, PackedCode { sha256, size: 14 });
    let sentence = "Could not unzip uploaded file. Please check your file, then try to upload again.".to_owned();
    assert_eq!(refusal(PackedCode::of_zip(b"no zip")), (Code::InvalidFunctionParameter, sentence));
    assert_eq!(refusal(PackedCode::of_zip(&vec![0; 52_428_801])).0, Code::RequestEntityTooLarge);
}

fn settings_change_and_the_network_stays(mut b: Bench) {
    let t = b.topology();
    let f = b.function("f");
    let to = attachment(&[&t.private], &t.group);
    b.update(&f, Some(to.clone())).unwrap();
    b.wait(300);
    set(&mut b, &f, |c| c.memory_size = 256).unwrap();
    assert_eq!((&b.get(&f).update, b.get(&f).attachment.clone()), (&UpdateState::InProgress, Some(to)));
    let facts = b.model.function_facts(&f).unwrap();
    assert_eq!((facts.configuration.memory_size, facts.configuration.last_modified), (256, b.model.hidden.now));
    b.wait(10);
    assert_eq!((&b.get(&f).update, b.interfaces().len()), (&UpdateState::Done, 1));
}

fn a_change_of_role_is_checked(mut b: Bench) {
    let t = b.topology();
    let f = b.function("f");
    b.update(&f, Some(attachment(&[&t.private], &t.group))).unwrap();
    b.wait(300);
    let naked = b.role("naked", None);
    let to = |role: &CloudId| UpdateFunctionConfiguration {
        vpc_config: VpcChange::Keep,
        role: Some(role.clone()),
        ..UpdateFunctionConfiguration::of_network(f.clone(), None)
    };
    let nobody = CloudId::new("nobody");
    assert_eq!(refusal(b.model.update_function_configuration(to(&nobody))).0, Code::RoleCannotBeAssumed);
    assert_eq!(refusal(b.model.update_function_configuration(to(&naked))).0, Code::RoleLacksPermission);
    let other = b.role("other", Some(Grant::Inline));
    b.model.update_function_configuration(to(&other)).unwrap();
    assert_eq!(b.get(&f).role, Some(other));
    assert_eq!(b.model.function_facts(&f).unwrap().role_arn, "arn:aws:iam::123456789012:role/other");
}

fn a_role_is_named_by_its_arn(mut b: Bench) {
    let role = b.role("r", None);
    assert_eq!(b.model.role_of_arn("arn:aws:iam::123456789012:role/r"), Ok(role));
    assert_eq!(refusal(b.model.role_of_arn("r")).0, Code::ValidationFailed);
    assert_eq!(refusal(b.model.role_of_arn("arn:aws:iam::123456789012:role/x/r")).0, Code::RoleCannotBeAssumed);
    let sentence = "Cross-account pass role is not allowed.".to_owned();
    assert_eq!(refusal(b.model.role_of_arn("arn:aws:iam::210987654321:role/r")), (Code::LambdaAccessDenied, sentence));
}

fn a_function_that_left_its_network_once_had_one(mut b: Bench) {
    let t = b.topology();
    let f = b.function("f");
    let had = |b: &Bench| b.model.function_facts(&f).unwrap().had_network;
    assert!(!had(&b));
    b.update(&f, Some(attachment(&[&t.private], &t.group))).unwrap();
    b.wait(300);
    b.update(&f, None).unwrap();
    b.wait(300);
    assert!(had(&b) && b.get(&f).attachment.is_none());
}

fn a_function_that_could_not_be_made_says_why(mut b: Bench) {
    let t = b.topology();
    b.model.config.quotas.function_interfaces_per_vpc = 0;
    let role = b.role("r", Some(Grant::Managed));
    let f = b.try_function("f", &role, Some(attachment(&[&t.private], &t.group))).unwrap();
    b.wait(300);
    let failure = b.model.function_facts(&f).unwrap().failure.map(|(code, _)| code);
    assert_eq!(failure, Some("EniLimitExceeded".to_owned()));
}

fn a_version_keeps_what_was_published(mut b: Bench) {
    let t = b.topology();
    let f = b.function("f");
    let to = attachment(&[&t.private], &t.group);
    b.update(&f, Some(to.clone())).unwrap();
    b.wait(300);
    let before = b.get(&f).revision.clone();
    assert_eq!(publish(&mut b, &f), "1");
    assert_ne!(b.get(&f).revision, before);
    // Nothing was changed, so there is no other version.
    assert_eq!(publish(&mut b, &f), "1");
    set(&mut b, &f, |c| c.memory_size = 512).unwrap();
    b.wait(60);
    assert_eq!(publish(&mut b, &f), "2");
    b.update(&f, None).unwrap();
    b.wait(60);
    let published = |version: &str| Version { version: version.to_owned(), attachment: Some(to.clone()) };
    assert_eq!(b.get(&f).versions, [published("1"), published("2")]);
    let facts = b.model.function_facts(&f).unwrap();
    let memory = |version: &str| facts.versions[version].configuration.memory_size;
    assert_eq!((memory("1"), memory("2")), (128, 512));
    let other_code = PublishVersion {
        function_name: f.clone(),
        description: None,
        code_sha256: Some("other".to_owned()),
        revision_id: None,
    };
    assert_eq!(refusal(b.model.publish_version(other_code)).0, Code::InvalidFunctionParameter);
}

fn a_version_goes_and_its_interface_with_it(mut b: Bench) {
    let t = b.topology();
    let f = b.function("f");
    b.update(&f, Some(attachment(&[&t.private], &t.group))).unwrap();
    b.wait(300);
    publish(&mut b, &f);
    b.update(&f, None).unwrap();
    b.wait(7_200);
    assert_eq!(b.interfaces().len(), 1);
    b.model.delete_version(&f, "1").unwrap();
    b.wait(2_800);
    assert_eq!((b.interfaces().len(), b.model.function_facts(&f).unwrap().versions.len()), (0, 0));
    let sentence = "Deletion of aliases is not currently supported.".to_owned();
    assert_eq!(refusal(b.model.delete_version(&f, "live")), (Code::InvalidFunctionParameter, sentence));
    // A number is never used again.
    assert_eq!(publish(&mut b, &f), "2");
}

fn an_alias_names_versions(mut b: Bench) {
    let f = b.function("f");
    publish(&mut b, &f);
    set(&mut b, &f, |c| c.memory_size = 256).unwrap();
    b.wait(60);
    publish(&mut b, &f);
    let alias = |name: &str, version: &str, also: &[&str]| CreateAlias {
        function_name: f.clone(),
        name: name.to_owned(),
        function_version: version.to_owned(),
        description: String::new(),
        weights: also.iter().map(|version| ((*version).to_owned(), 0.1)).collect(),
    };
    b.model.create_alias(alias("live", "1", &["2"])).unwrap();
    let both = ["1", "2"].map(str::to_owned).into();
    assert_eq!(b.get(&f).aliases, [Alias { name: "live".to_owned(), versions: both }]);
    assert_eq!(b.model.version_of(&f, "live"), Ok("1".to_owned()));
    let of = "arn:aws:lambda:ap-northeast-1:123456789012:function:f";
    assert_eq!(
        refusal(b.model.version_of(&f, "dead")),
        (Code::FunctionNotFound, format!("Function not found: {of}:dead"))
    );
    let said: Vec<String> =
        [alias("live", "1", &[]), alias("2024", "1", &[]), alias("x", "7", &[]), alias("x", "1", &["1"])]
            .into_iter()
            .map(|args| refusal(b.model.create_alias(args)).1.replace(of, "f"))
            .collect();
    assert_eq!(
        said,
        [
            "Alias already exists: f:live",
            "1 validation error detected: Value '2024' at 'name' failed to satisfy constraint: Member must satisfy regular \
             expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)",
            "Function not found: f:7",
            "Invalid function version 1. Function version 1 is already included in routing configuration.",
        ]
    );
}

fn an_older_files_function_has_the_usual_settings(mut b: Bench) {
    let f = b.function("f");
    let mut file = serde_json::to_value(&b.model).unwrap();
    file["world"]["function"]["functions"]["f"].as_object_mut().unwrap().remove("timeout");
    let hidden = file["hidden"].as_object_mut().unwrap();
    hidden.remove("functions");
    hidden.remove("roles");
    hidden.insert("time_limits".to_owned(), serde_json::json!({ "f": { "secs": 7, "nanos": 0 } }));
    b.model = serde_json::from_value(file).unwrap();
    let facts = b.model.function_facts(&f).unwrap();
    let expected = Configuration { timeout: Duration::from_secs(7), ..Configuration::default() };
    assert_eq!((facts.configuration, facts.role_arn.as_str()), (expected, "arn:aws:iam::123456789012:role/f-role"));
    b.update(&f, None).unwrap();
}
