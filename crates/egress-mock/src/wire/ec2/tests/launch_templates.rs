//! Launch templates over the wire.

use std::time::Duration;

use super::door::{Door, named};
use crate::{Config, Timing};

const DATA: &str = "LaunchTemplateData.MetadataOptions.HttpTokens=required";

fn make(name: &str) -> String {
    format!("LaunchTemplateName={name}&{DATA}&{}", named("launch-template", name))
}

#[test]
fn a_template_says_who_made_it_and_when() {
    let door = Door::slow();
    door.wait(90);
    insta::assert_snapshot!(door.ask("CreateLaunchTemplate", &make("lock")));
    insta::assert_snapshot!(door.ask("DescribeLaunchTemplates", "LaunchTemplateName.1=lock"));
}

#[test]
fn a_name_is_given_once_and_is_free_when_its_template_is_gone() {
    let door = Door::new();
    let id = door.one("CreateLaunchTemplate", &make("lock"), "launchTemplateId");
    let taken = "Launch template name already in use.";
    let code = "InvalidLaunchTemplateName.AlreadyExistsException";
    door.check_refused("CreateLaunchTemplate", &make("lock"), code, taken);
    let gone = door.one("DeleteLaunchTemplate", &format!("LaunchTemplateId={id}"), "launchTemplateName");
    assert_eq!(gone, "lock");
    let again = door.one("CreateLaunchTemplate", &make("lock"), "launchTemplateId");
    assert_ne!(again, id);
    // The old id means nothing any more, to a deletion and to a tag.
    let absent = format!("The specified launch template, with template ID {id}, does not exist.");
    let code = "InvalidLaunchTemplateId.NotFound";
    door.check_refused("DeleteLaunchTemplate", &format!("LaunchTemplateId={id}"), code, &absent);
    let tag = format!("ResourceId.1={id}&Tag.1.Key=a&Tag.1.Value=b");
    door.check_refused("CreateTags", &tag, code, &absent);
    door.ask("DeleteLaunchTemplate", "LaunchTemplateName=lock");
    assert_eq!(door.each("DescribeLaunchTemplates", "", "launchTemplateId"), [""; 0]);
}

#[test]
fn a_name_is_taken_before_its_template_is_visible() {
    let config = Config { visibility: Some(Duration::from_secs(30)), ..Config::new(7).timing(Timing::aws()) };
    let door = Door::with(config);
    door.ask("CreateLaunchTemplate", &make("lock"));
    let absent = "The specified launch template, with template name lock, does not exist.";
    let code = "InvalidLaunchTemplateName.NotFoundException";
    door.check_refused("DescribeLaunchTemplates", "LaunchTemplateName.1=lock", code, absent);
    assert_eq!(
        door.refused("CreateLaunchTemplate", &make("lock")).1,
        "InvalidLaunchTemplateName.AlreadyExistsException"
    );
    door.wait(30);
    assert_eq!(door.each("DescribeLaunchTemplates", "LaunchTemplateName.1=lock", "launchTemplateName"), ["lock"]);
}

#[test]
fn a_token_makes_one_template() {
    let door = Door::new();
    let form = format!("{}&ClientToken=t1", make("lock"));
    let id = door.one("CreateLaunchTemplate", &form, "launchTemplateId");
    assert_eq!(door.one("CreateLaunchTemplate", &form, "launchTemplateId"), id);
    let other = format!("{}&ClientToken=t1", make("other"));
    assert_eq!(door.refused("CreateLaunchTemplate", &other).1, "IdempotentParameterMismatch");
}

#[test]
fn templates_are_found_by_name_by_tag_and_in_pages() {
    let door = Door::new();
    for name in ["one", "two", "three"] {
        door.ask("CreateLaunchTemplate", &make(name));
    }
    let by = |form: &str| door.each("DescribeLaunchTemplates", form, "launchTemplateName");
    assert_eq!(by("Filter.1.Name=launch-template-name&Filter.1.Value.1=t*").len(), 2);
    assert_eq!(by("Filter.1.Name=tag:Name&Filter.1.Value.1=one"), ["one"]);
    assert_eq!(by("Filter.1.Name=tag:Name&Filter.1.Value.1=none"), [""; 0]);
    assert_eq!(by("LaunchTemplateName.1=two&LaunchTemplateName.2=one").len(), 2);
    let token = door.one("DescribeLaunchTemplates", "MaxResults=2", "nextToken");
    assert_eq!(by(&format!("MaxResults=2&NextToken={token}")).len(), 1);
    assert_eq!(door.refused("DescribeLaunchTemplates", "MaxResults=201").1, "InvalidParameterValue");
    // Tags are listed as those of any other thing.
    let tags = door.each("DescribeTags", "Filter.1.Name=resource-type&Filter.1.Value.1=launch-template", "value");
    assert_eq!(tags.len(), 3);
}

#[test]
fn what_makes_no_template_is_refused() {
    let door = Door::new();
    let no_data = "No launch template data was provided. Launch template data is required to create a launch template.";
    for form in ["LaunchTemplateName=lock", "LaunchTemplateName=lock&LaunchTemplateData="] {
        door.check_refused("CreateLaunchTemplate", form, "MissingParameter", no_data);
    }
    let strange = "LaunchTemplateName=lock&LaunchTemplateData.Nonsense=1";
    let message = "The parameter LaunchTemplateData.Nonsense is not recognized";
    door.check_refused("CreateLaunchTemplate", strange, "UnknownParameter", message);
    for name in ["ab", "a%20b", &"x".repeat(129)] {
        let (_, code, _) = door.refused("CreateLaunchTemplate", &format!("LaunchTemplateName={name}&{DATA}"));
        assert_eq!(code, "InvalidLaunchTemplateName.MalformedException", "{name}");
    }
    assert_eq!(door.refused("DeleteLaunchTemplate", "").1, "MissingParameter");
    let both = "LaunchTemplateId=lt-12345678&LaunchTemplateName=lock";
    assert_eq!(door.refused("DeleteLaunchTemplate", both).1, "InvalidParameterCombination");
    let malformed = "Invalid id: \"x\" (expecting \"lt-...\")";
    door.check_refused("DeleteLaunchTemplate", "LaunchTemplateId=x", "InvalidLaunchTemplateId.Malformed", malformed);
}
