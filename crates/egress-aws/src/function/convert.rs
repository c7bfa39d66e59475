//! Functions as AWS describes them.

use std::collections::BTreeSet;

use aws_sdk_lambda::{
    operation::get_function::GetFunctionOutput,
    types::{self as aws, AliasConfiguration, FunctionConfiguration, LastUpdateStatus, State},
};
use egress_core::{
    CloudId, Tags,
    world::{Alias, Attachment, Function, FunctionState, UpdateState, Version},
};

use crate::{
    Arn,
    wire::{Flaw, Read, id, id_if, ids, must},
};

/// A function without its versions and aliases, which stand in other answers.
pub(super) fn function(answer: &GetFunctionOutput) -> Read<Function> {
    let config = answer.configuration().ok_or_else(|| Flaw::new("a function has no configuration"))?;
    let tags: Tags = answer.tags().cloned().unwrap_or_default().into_iter().collect();
    let reserved = answer.concurrency().and_then(|concurrency| concurrency.reserved_concurrent_executions());
    Ok(Function {
        concurrency: reserved.and_then(|reserved| u32::try_from(reserved).ok()),
        managed_by: managed_by(&tags),
        tags,
        ..configured(config)?
    })
}

/// A function as a list tells of it: without tags and limits, and as if it were active.
pub(super) fn configured(config: &FunctionConfiguration) -> Read<Function> {
    let role = match config.role().filter(|arn| !arn.is_empty()) {
        Some(arn) => Some(role_name(arn)?),
        None => None,
    };
    Ok(Function {
        id: id("FunctionName", config.function_name())?,
        role,
        state: state(config.state()),
        update: update(config),
        attachment: attachment(config.vpc_config()),
        network: network(config.vpc_config()),
        file_systems: config.file_system_configs().iter().map(|f| f.arn().to_owned()).collect(),
        revision: config.revision_id().unwrap_or_default().to_owned(),
        versions: Vec::new(),
        aliases: Vec::new(),
        timeout: config.timeout().and_then(|seconds| u32::try_from(seconds).ok()),
        concurrency: None,
        managed_by: None,
        tags: Tags::new(),
    })
}

/// The tag that CloudFormation sets on whatever it makes, with the name of its stack (CloudFormation user guide, "Resource
/// tags"). SAM and the CDK deploy through it. Terraform sets none.
const CLOUDFORMATION_STACK: &str = "aws:cloudformation:stack-name";

fn managed_by(tags: &Tags) -> Option<String> {
    tags.get(CLOUDFORMATION_STACK).map(|stack| format!("AWS CloudFormation (stack {stack})"))
}

fn role_name(arn: &str) -> Read<CloudId> {
    let parsed: Option<Arn> = arn.parse().ok();
    let name = parsed.as_ref().and_then(Arn::role_name);
    name.map(CloudId::new).ok_or_else(|| Flaw::new(format!("`{arn}` is no role")))
}

/// An answer without a state is of a function from before functions had one: it is active.
fn state(state: Option<&State>) -> FunctionState {
    match state {
        Some(State::Pending) => FunctionState::Pending,
        Some(State::Inactive) => FunctionState::Inactive,
        Some(State::Failed) => FunctionState::Failed,
        None | Some(State::Active) => FunctionState::Active,
        // One that is not known here can surely not be relied on yet.
        Some(_) => FunctionState::Pending,
    }
}

fn update(config: &FunctionConfiguration) -> UpdateState {
    match config.last_update_status() {
        Some(LastUpdateStatus::InProgress) => UpdateState::InProgress,
        Some(LastUpdateStatus::Failed) => UpdateState::Failed {
            code: config.last_update_status_reason_code().map_or("Unknown", |code| code.as_str()).to_owned(),
            message: config.last_update_status_reason().unwrap_or("AWS does not say why").to_owned(),
        },
        _ => UpdateState::Done,
    }
}

/// Where a function or version runs. Out of all networks AWS shows no `VpcConfig`, or one of empty lists and an empty id.
pub(super) fn attachment(config: Option<&aws::VpcConfigResponse>) -> Option<Attachment<CloudId>> {
    let config = config.filter(|config| !config.subnet_ids().is_empty())?;
    Some(Attachment {
        subnets: ids(config.subnet_ids()),
        groups: ids(config.security_group_ids()),
        ipv6: config.ipv6_allowed_for_dual_stack().unwrap_or_default(),
    })
}

pub(super) fn network(config: Option<&aws::VpcConfigResponse>) -> Option<CloudId> {
    let config = config.filter(|config| !config.subnet_ids().is_empty())?;
    id_if(config.vpc_id())
}

/// A published version; `None` for the changeable form of the function.
pub(super) fn version(config: &FunctionConfiguration) -> Read<Option<Version>> {
    let version = must("Version", config.version())?;
    if version == "$LATEST" {
        return Ok(None);
    }
    Ok(Some(Version { version: version.to_owned(), attachment: attachment(config.vpc_config()) }))
}

pub(super) fn alias(alias: &AliasConfiguration) -> Read<Alias> {
    let mut versions = BTreeSet::from([must("FunctionVersion", alias.function_version())?.to_owned()]);
    let weights = alias.routing_config().and_then(|routing| routing.additional_version_weights());
    versions.extend(weights.into_iter().flatten().map(|(version, _)| version.clone()));
    Ok(Alias { name: must("Name", alias.name())?.to_owned(), versions })
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::types::{AliasRoutingConfiguration, LastUpdateStatusReasonCode, VpcConfigResponse};

    use super::*;

    fn config() -> aws::builders::FunctionConfigurationBuilder {
        FunctionConfiguration::builder()
            .function_name("pay")
            .role("arn:aws:iam::123456789012:role/service-role/pay")
            .revision_id("r1")
    }

    fn read(config: aws::builders::FunctionConfigurationBuilder) -> Function {
        function(&GetFunctionOutput::builder().configuration(config.build()).tags("a", "1").build()).unwrap()
    }

    #[test]
    fn a_function_in_no_network_has_no_attachment() {
        let empty = VpcConfigResponse::builder().vpc_id("").set_subnet_ids(Some(Vec::new())).build();
        for vpc in [None, Some(empty)] {
            let function = read(config().set_vpc_config(vpc));
            assert_eq!((function.attachment, function.network), (None, None));
        }
    }

    #[test]
    fn a_function_tells_where_it_is_and_whose_role_it_has() {
        let vpc = VpcConfigResponse::builder().vpc_id("vpc-1").subnet_ids("subnet-2").subnet_ids("subnet-1");
        let function = read(config().vpc_config(vpc.security_group_ids("sg-1").build()));
        let attachment = Attachment {
            subnets: ["subnet-1".into(), "subnet-2".into()].into(),
            groups: ["sg-1".into()].into(),
            ipv6: false,
        };
        assert_eq!(function.attachment, Some(attachment));
        assert_eq!(function.network, Some("vpc-1".into()));
        assert_eq!(function.role, Some("pay".into()));
        assert_eq!(function.tags, [("a".to_owned(), "1".to_owned())].into());
        assert!(function.is_settled());
    }

    #[test]
    fn a_function_of_cloudformations_says_so() {
        let answer = GetFunctionOutput::builder().configuration(config().build());
        let told = |key: &str| function(&answer.clone().tags(key, "shop").build()).unwrap().managed_by;
        assert_eq!(told("aws:cloudformation:stack-name").as_deref(), Some("AWS CloudFormation (stack shop)"));
        assert_eq!(told("stack-name"), None);
    }

    #[test]
    fn a_failed_update_says_why() {
        let failed = config()
            .state(State::Active)
            .last_update_status(LastUpdateStatus::Failed)
            .last_update_status_reason_code(LastUpdateStatusReasonCode::SubnetOutOfIpAddresses)
            .last_update_status_reason("no address");
        let update =
            UpdateState::Failed { code: "SubnetOutOfIPAddresses".to_owned(), message: "no address".to_owned() };
        assert_eq!(read(failed).update, update);
        assert_eq!(read(config().state("Dreaming".into())).state, FunctionState::Pending);
    }

    #[test]
    fn an_alias_names_every_version_that_it_sends_callers_to() {
        let routing = AliasRoutingConfiguration::builder().additional_version_weights("4", 0.1).build();
        let described = AliasConfiguration::builder().name("live").function_version("3").routing_config(routing);
        let expected = Alias { name: "live".to_owned(), versions: ["3".to_owned(), "4".to_owned()].into() };
        assert_eq!(alias(&described.build()), Ok(expected));
    }

    #[test]
    fn a_role_that_cannot_be_read_is_an_error() {
        let answer = GetFunctionOutput::builder().configuration(config().role("pay").build()).build();
        assert!(function(&answer).is_err());
        assert!(function(&GetFunctionOutput::builder().build()).is_err());
    }
}
