//! Rules about launch templates.

use egress_core::{CloudId, Kind, Tags};

use super::{
    bench::{Bench, named, refusal},
    rules,
};
use crate::cloud::{ApiError, Code, CreateLaunchTemplate};

rules! {
    a_name_is_given_once,
    a_template_goes_by_its_id_and_its_name_is_free_again,
    a_template_carries_its_tags_from_the_start,
}

fn create(bench: &mut Bench, name: &str, token: Option<&str>) -> Result<CloudId, ApiError> {
    bench.model.create_launch_template(CreateLaunchTemplate {
        launch_template_name: name.to_owned(),
        client_token: token.map(str::to_owned),
        created_by: "arn:aws:iam::123456789012:user/ana".to_owned(),
        tags: named(name),
    })
}

fn a_name_is_given_once(mut bench: Bench) {
    create(&mut bench, "lock", None).unwrap();
    let (code, message) = refusal(create(&mut bench, "lock", None));
    assert_eq!((code, message.as_str()), (Code::LaunchTemplateNameTaken, "Launch template name already in use."));
    create(&mut bench, "other", None).unwrap();
}

fn a_template_goes_by_its_id_and_its_name_is_free_again(mut bench: Bench) {
    let id = create(&mut bench, "lock", Some("t1")).unwrap();
    bench.model.delete_launch_template(&id).unwrap();
    assert_eq!(refusal(bench.model.delete_launch_template(&id)).0, Code::LaunchTemplateNotFound);
    // AWS remembers the token longer than what it made.
    assert_eq!(create(&mut bench, "lock", Some("t1")), Ok(id.clone()));
    let again = create(&mut bench, "lock", Some("t2")).unwrap();
    assert_ne!(again, id);
    assert_eq!(bench.model.launch_template_named("lock").unwrap().id, again);
}

fn a_template_carries_its_tags_from_the_start(mut bench: Bench) {
    let id = create(&mut bench, "lock", None).unwrap();
    assert_eq!(bench.model.launch_template(&id).unwrap().tags, named("lock"));
    let beat = Tags::from([("beat".to_owned(), "2".to_owned())]);
    bench.model.set_tags(Kind::Lease, &id, &beat, &["Name".to_owned()]).unwrap();
    assert_eq!(bench.model.launch_template(&id).unwrap().tags, beat);
}
