use egress_core::{
    plan::{Request, Verb},
    world::Place,
};
use proptest::prelude::*;

use super::*;
use crate::output::error_text;

/// A plan for an empty account, as it stands in its file.
fn file() -> String {
    let mut world = World::default();
    world.network.place = Place { account: "123456789012".to_owned(), region: "us-east-1".to_owned() };
    world.network.zones = ["a", "b"]
        .map(|letter| egress_core::world::Zone {
            name: format!("us-east-1{letter}"),
            id: format!("use1-{letter}"),
            functions: true,
        })
        .to_vec();
    let spec = spec::parse("stack = \"shop\"\npreset = \"lambda-static-ip\"\n").unwrap().spec;
    let verb = Verb::Apply { permits: std::collections::BTreeSet::new() };
    let record = Record::make(spec, Request { verb, echo_url: "https://ip.example/".to_owned() }, world).unwrap();
    PlanFile::new(Path::new("x.plan"), Duration::from_millis(1_700_000_000_999), record).text().unwrap()
}

/// What people read of a file that holds this.
fn said(text: &str) -> String {
    match parse(text.as_bytes()) {
        Ok(_) => "it can be used".to_owned(),
        Err(flaw) => {
            let error = flaw.of(Path::new("x.plan"));
            let said = anstream::adapter::strip_str(&error_text(&error)).to_string();
            format!("{said}exit {}", error.exit.code())
        }
    }
}

#[test]
fn a_saved_plan_comes_back_as_it_was() {
    let Reading { made, record } = parse(file().as_bytes()).unwrap();
    assert_eq!(made.at, 1_700_000_000);
    let again = PlanFile { path: "x.plan".into(), made, record };
    assert_eq!(again.text().unwrap(), file());
}

#[test]
fn every_flaw_is_said_with_what_to_do() {
    let file = file();
    let newer = file.replacen("\"version\": 1", "\"version\": 2", 1);
    let altered = file.replacen("0.0.0.0/0", "0.0.0.0/1", 1);
    let cases = [
        ("empty", String::new()),
        ("a spec", "stack = \"shop\"\n".to_owned()),
        ("other JSON", "{\"format\": \"something\"}".to_owned()),
        ("half of it", file[..file.len() / 2].to_owned()),
        ("newer", newer),
        ("altered", altered),
    ];
    let said = cases.map(|(what, text)| format!("# {what}\n{}\n", said(&text)));
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_refused() {
    let file = file();
    for end in 0..file.trim_end().len() {
        assert!(parse(&file.as_bytes()[..end]).is_err(), "cut off at {end}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever is changed: it is refused, or the plan is still what its spec and World lead to.
    #[test]
    fn a_file_that_was_changed_never_breaks_anything(
        at in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(any::<u8>(), 0..4),
        gone in 0usize..8,
    ) {
        let mut file = file().into_bytes();
        let start = at.index(file.len());
        let end = (start + gone).min(file.len());
        file.splice(start..end, bytes);
        if let Ok(reading) = parse(&file) {
            prop_assert_eq!(reading.record.check(), Ok(()));
        }
    }

    #[test]
    fn anything_else_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(parse(&bytes).is_err());
    }
}
