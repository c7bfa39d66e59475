//! Rules of functions and of the interfaces that they share.

use std::time::Duration;

use egress_core::{
    CloudId, Kind, Tags,
    world::{FunctionState, Grant, UpdateState, Version},
};

use super::bench::{Bench, attachment, refusal};
use crate::cloud::{Code, UpdateFunctionConfiguration, Wait};

super::rules![
    a_function_is_pending_and_then_active,
    a_functions_name_is_unique,
    an_update_is_in_progress_while_the_old_configuration_serves,
    a_second_update_is_refused_while_one_is_under_way,
    every_change_makes_a_revision_and_a_stale_one_is_refused,
    tags_make_a_revision_and_end_no_change_that_is_under_way,
    a_pair_of_subnet_and_groups_has_one_interface,
    the_second_function_on_a_pair_takes_seconds,
    a_functions_interface_blocks_its_subnet_and_lingers_about_four_minutes_when_detached,
    an_interface_lingers_about_twenty_minutes_when_its_function_is_deleted,
    an_interface_is_kept_when_it_is_used_again,
    a_published_version_keeps_its_interface,
    without_the_causers_role_an_interface_stays_until_its_owner_deletes_it,
    a_vpc_config_is_checked,
    a_subnet_without_addresses_fails_the_update_later,
    a_function_with_a_file_system_does_not_leave_its_network,
    only_an_active_function_is_invoked,
];

fn a_function_is_pending_and_then_active(mut b: Bench) {
    let t = b.topology();
    let role = b.role("r", Some(Grant::Managed));
    let f = b.try_function("f", &role, Some(attachment(&[&t.private], &t.group))).unwrap();
    assert_eq!((&b.get(&f).state, &b.get(&f).update), (&FunctionState::Pending, &UpdateState::Done));
    assert_eq!(b.get(&f).network, Some(t.vpc));
    b.wait(59);
    assert_eq!(b.get(&f).state, FunctionState::Pending);
    b.wait(181);
    assert_eq!(b.get(&f).state, FunctionState::Active);
}

fn a_functions_name_is_unique(mut b: Bench) {
    b.function("f");
    let role = CloudId::new("f-role");
    let sentence = "Function already exist: f".to_owned();
    assert_eq!(refusal(b.try_function("f", &role, None)), (Code::FunctionAlreadyExists, sentence));
}

fn an_update_is_in_progress_while_the_old_configuration_serves(mut b: Bench) {
    let t = b.topology();
    let f = b.function("f");
    let to = attachment(&[&t.private], &t.group);
    b.update(&f, Some(to.clone())).unwrap();
    assert_eq!((&b.get(&f).update, &b.get(&f).attachment), (&UpdateState::InProgress, &Some(to)));
    assert_eq!(b.model.hidden.serving[&f], None);
    b.wait(300);
    assert_eq!(b.get(&f).update, UpdateState::Done);
    assert!(!b.model.hidden.serving.contains_key(&f));
}

fn a_second_update_is_refused_while_one_is_under_way(mut b: Bench) {
    let t = b.topology();
    let f = b.function("f");
    b.update(&f, Some(attachment(&[&t.private], &t.group))).unwrap();
    let sentence = "The operation cannot be performed at this time. An update is in progress for resource: \
                    arn:aws:lambda:ap-northeast-1:123456789012:function:f";
    assert_eq!(refusal(b.update(&f, None)), (Code::FunctionBusy, sentence.to_owned()));
    b.wait(300);
    b.update(&f, None).unwrap();
}

fn every_change_makes_a_revision_and_a_stale_one_is_refused(mut b: Bench) {
    let f = b.function("f");
    let first = b.get(&f).revision.clone();
    let update = |b: &mut Bench, revision: &str| {
        b.model.update_function_configuration(UpdateFunctionConfiguration {
            revision_id: Some(revision.to_owned()),
            ..UpdateFunctionConfiguration::of_network(f.clone(), None)
        })
    };
    update(&mut b, &first).unwrap();
    let second = b.get(&f).revision.clone();
    b.wait(60);
    let third = b.get(&f).revision.clone();
    assert!(first != second && second != third && first != third);
    let sentence = "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to \
                    retrieve the latest Revision Id";
    assert_eq!(refusal(update(&mut b, &first)), (Code::PreconditionFailed, sentence.to_owned()));
    update(&mut b, &third).unwrap();
}

fn tags_make_a_revision_and_end_no_change_that_is_under_way(mut b: Bench) {
    let f = b.function("f");
    let read = b.get(&f).revision.clone();
    let set = Tags::from([("k".to_owned(), "v".to_owned())]);
    b.model.set_tags(Kind::Function, &f, &set, &[]).unwrap();
    let stale = UpdateFunctionConfiguration {
        revision_id: Some(read),
        ..UpdateFunctionConfiguration::of_network(f.clone(), None)
    };
    assert_eq!(refusal(b.model.update_function_configuration(stale)).0, Code::PreconditionFailed);
    b.update(&f, None).unwrap();
    b.model.set_tags(Kind::Function, &f, &set, &[]).unwrap();
    assert_eq!(b.get(&f).update, UpdateState::InProgress);
    b.wait(60);
    assert_eq!(b.get(&f).update, UpdateState::Done);
}

fn a_pair_of_subnet_and_groups_has_one_interface(mut b: Bench) {
    let t = b.topology();
    let second_subnet = b.subnet(&t.vpc, "10.0.2.0/24");
    let (f, g) = (b.function("f"), b.function("g"));
    b.update(&f, Some(attachment(&[&t.private, &second_subnet], &t.group))).unwrap();
    b.update(&g, Some(attachment(&[&t.private], &t.group))).unwrap();
    let interfaces = b.interfaces();
    assert_eq!(interfaces.len(), 2);
    for i in &interfaces {
        assert!(i.description.starts_with("AWS Lambda VPC ENI-f-"), "{}", i.description);
        assert!(i.in_use && i.groups.contains(&t.group) && i.private_ips.len() == 1);
    }
    assert_eq!(b.model.world.network.subnets[&t.private].free_addresses, 250);
    let other = b.try_group(&t.vpc, "other").unwrap();
    let h = b.function("h");
    b.update(&h, Some(attachment(&[&t.private], &other))).unwrap();
    assert_eq!(b.interfaces().len(), 3);
}

fn the_second_function_on_a_pair_takes_seconds(mut b: Bench) {
    let t = b.topology();
    let (f, g) = (b.function("f"), b.function("g"));
    b.update(&f, Some(attachment(&[&t.private], &t.group))).unwrap();
    b.wait(59);
    assert_eq!(b.get(&f).update, UpdateState::InProgress);
    b.wait(181);
    assert_eq!(b.get(&f).update, UpdateState::Done);
    b.update(&g, Some(attachment(&[&t.private], &t.group))).unwrap();
    b.wait(10);
    assert_eq!(b.get(&g).update, UpdateState::Done);
    let subjects: Vec<&str> =
        (b.model.drawn.iter()).filter(|d| d.wait == Wait::InterfaceCreated).map(|d| d.subject.as_str()).collect();
    assert_eq!(subjects, ["10.0.1.0/24+lambda_sg"]);
}

fn a_functions_interface_blocks_its_subnet_and_lingers_about_four_minutes_when_detached(mut b: Bench) {
    let t = b.topology();
    let f = b.function("f");
    b.update(&f, Some(attachment(&[&t.private], &t.group))).unwrap();
    b.wait(300);
    b.update(&f, None).unwrap();
    b.wait(170);
    assert_eq!(b.get(&f).update, UpdateState::Done);
    assert_eq!((b.get(&f).attachment.clone(), b.get(&f).network.clone()), (None, None));
    assert_eq!(b.interfaces().len(), 1);
    assert_eq!(refusal(b.model.delete_subnet(&t.private)).0, Code::DependencyViolation);
    b.wait(330);
    assert_eq!(b.interfaces().len(), 0);
    b.model.delete_subnet(&t.private).unwrap();
}

fn an_interface_lingers_about_twenty_minutes_when_its_function_is_deleted(mut b: Bench) {
    let t = b.topology();
    let f = b.function("f");
    b.update(&f, Some(attachment(&[&t.private], &t.group))).unwrap();
    b.wait(300);
    b.model.delete_function(&f).unwrap();
    b.wait(590);
    assert_eq!(b.interfaces().len(), 1);
    b.wait(2_200);
    assert_eq!(b.interfaces().len(), 0);
}

fn an_interface_is_kept_when_it_is_used_again(mut b: Bench) {
    let t = b.topology();
    let f = b.function("f");
    let to = attachment(&[&t.private], &t.group);
    b.update(&f, Some(to.clone())).unwrap();
    b.wait(300);
    let id = b.interfaces()[0].id.clone();
    b.update(&f, None).unwrap();
    b.wait(60);
    b.update(&f, Some(to)).unwrap();
    b.wait(10);
    assert_eq!(b.get(&f).update, UpdateState::Done);
    b.wait(3_600);
    assert_eq!(b.interfaces()[0].id, id);
    // And it goes at last.
    b.update(&f, None).unwrap();
    b.wait(600);
    assert_eq!(b.interfaces().len(), 0);
}

fn a_published_version_keeps_its_interface(mut b: Bench) {
    let t = b.topology();
    let f = b.function("f");
    let to = attachment(&[&t.private], &t.group);
    b.update(&f, Some(to.clone())).unwrap();
    b.wait(300);
    let version = Version { version: "1".to_owned(), attachment: Some(to) };
    b.model.world.function.functions.get_mut(&f).unwrap().versions.push(version);
    b.update(&f, None).unwrap();
    b.wait(7_200);
    assert_eq!(b.interfaces().len(), 1);
    b.model.delete_function(&f).unwrap();
    b.wait(2_800);
    assert_eq!(b.interfaces().len(), 0);
}

fn without_the_causers_role_an_interface_stays_until_its_owner_deletes_it(mut b: Bench) {
    let t = b.topology();
    let f = b.function("f");
    b.update(&f, Some(attachment(&[&t.private], &t.group))).unwrap();
    b.wait(300);
    b.update(&f, None).unwrap();
    b.model.revoke(&CloudId::new("f-role"), &Grant::Managed).unwrap();
    b.wait(7_200);
    let id = b.interfaces()[0].id.clone();
    assert!(!b.interfaces()[0].in_use);
    b.model.delete_network_interface(&id).unwrap();
    b.model.delete_subnet(&t.private).unwrap();
}

fn a_vpc_config_is_checked(mut b: Bench) {
    let t = b.topology();
    let f = b.function("f");
    let nowhere = CloudId::new("subnet-1");
    let no_group = CloudId::new("sg-1");
    let edge = b.try_subnet(&t.vpc, "10.0.5.0/24", "ap-northeast-1-edge-1a").unwrap();
    let elsewhere = b.vpc("10.1.0.0/16");
    let far = b.subnet(&elsewhere, "10.1.0.0/24");
    let seventeen: Vec<CloudId> = (10..27).map(|n| CloudId::new(format!("s{n}"))).collect();
    let said: Vec<String> = [
        attachment(&[&nowhere], &t.group),
        attachment(&[&t.private], &no_group),
        attachment(&[&edge], &t.group),
        attachment(&[&t.private, &far], &t.group),
        attachment(&[&far], &t.group),
        attachment(&[], &t.group),
        attachment(&seventeen.iter().collect::<Vec<_>>(), &t.group),
    ]
    .into_iter()
    .map(|to| {
        let (code, message) = refusal(b.update(&f, Some(to)));
        format!("{} {:?} {message}", code.as_str(), code.kind())
    })
    .collect();
    let expected = [
        "InvalidParameterValueException NotFound Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. EC2 Error Message: The \
         subnet ID 'subnet-1' does not exist",
        "InvalidParameterValueException NotFound Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. EC2 Error Message: \
         The security group 'sg-1' does not exist",
        "InvalidParameterValueException Invalid The provided subnets contain availability zone Lambda doesn't support: ap-northeast-1-edge-1a",
        "InvalidParameterValueException Invalid Subnets are required to be in the same VPC.",
        "InvalidParameterValueException Invalid Security Groups are required to be in the same VPC.",
        "InvalidParameterValueException Invalid SubnetIds and SecurityIds must coexist or be both empty list.",
        "ValidationException Invalid 1 validation error detected: Value '[s10, s11, s12, s13, s14, s15, s16, s17, s18, s19, \
         s20, s21, s22, s23, s24, s25, s26]' at 'vpcConfig.subnetIds' failed to satisfy constraint: Member must have length \
         less than or equal to 16",
    ];
    assert_eq!(said, expected);
    let naked = b.role("naked", None);
    let g = b.try_function("g", &naked, None).unwrap();
    b.wait(60);
    let sentence = "The provided execution role does not have permissions to call CreateNetworkInterface on EC2";
    let refused = refusal(b.update(&g, Some(attachment(&[&t.private], &t.group))));
    assert_eq!(refused, (Code::RoleLacksPermission, sentence.to_owned()));
    assert_eq!((b.interfaces().len(), &b.get(&g).update), (0, &UpdateState::Done));
}

fn a_subnet_without_addresses_fails_the_update_later(mut b: Bench) {
    let t = b.topology();
    let small = b.subnet(&t.vpc, "10.0.9.0/28");
    b.model.config.quotas.addresses = 20;
    b.model.config.quotas.nat_gateways_per_zone = 20;
    for _ in 0..11 {
        let address = b.address();
        b.nat(&small, &address);
    }
    let f = b.function("f");
    b.update(&f, Some(attachment(&[&t.private, &small], &t.group))).unwrap();
    b.wait(300);
    let UpdateState::Failed { code, .. } = &b.get(&f).update else { panic!("{:?}", b.get(&f).update) };
    assert_eq!((code.as_str(), &b.model.hidden.serving[&f]), ("SubnetOutOfIPAddresses", &None));
    // What it took elsewhere is released, and the function can be updated again.
    b.wait(600);
    assert_eq!(b.interfaces().len(), 0);
    b.update(&f, None).unwrap();
    b.wait(60);
    assert_eq!(b.get(&f).update, UpdateState::Done);
}

fn a_function_with_a_file_system_does_not_leave_its_network(mut b: Bench) {
    let t = b.topology();
    let f = b.function("f");
    b.update(&f, Some(attachment(&[&t.private], &t.group))).unwrap();
    b.wait(300);
    b.model.world.function.functions.get_mut(&f).unwrap().file_systems.push("fs".to_owned());
    let sentence = "Function must be configured to execute in a VPC to reference access point fs".to_owned();
    assert_eq!(refusal(b.update(&f, None)), (Code::InvalidFunctionParameter, sentence));
}

fn only_an_active_function_is_invoked(mut b: Bench) {
    let role = b.role("r", Some(Grant::Managed));
    let f = b.try_function("f", &role, None).unwrap();
    let state = |b: &mut Bench| refusal(b.model.check_invocable(&f)).1.rsplit(' ').next().unwrap().to_owned();
    assert_eq!(state(&mut b), "Pending");
    let sentence = "The operation cannot be performed at this time. The resource \
                    arn:aws:lambda:ap-northeast-1:123456789012:function:f is currently in the following state: 'Pending'. \
                    StateReasonCode: 'Creating'";
    assert_eq!(refusal(b.update(&f, None)), (Code::FunctionBusy, sentence.to_owned()));
    b.wait(60);
    b.model.check_invocable(&f).unwrap();
    // One that sleeps fails once and wakes.
    b.model.world.function.functions.get_mut(&f).unwrap().state = FunctionState::Inactive;
    assert_eq!(state(&mut b), "Inactive");
    assert_eq!(state(&mut b), "Pending");
    b.wait(300);
    b.model.check_invocable(&f).unwrap();
    assert_eq!(b.model.hidden.now, Duration::from_secs(60 + 60 + 300));
}
