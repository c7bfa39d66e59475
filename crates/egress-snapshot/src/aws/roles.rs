//! Roles: whom they trust, and what lets them make interfaces.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use egress_core::{
    CloudId,
    world::{Function, Grant, Listing, Place, Role},
};
use serde_json::Value;

use super::{
    arn_of,
    functions::{name_in, nameless},
    policies::{LEAST, allows, denies, document, network_access, trust, trusts_lambda},
    shapes,
    tags::{Tag, tag_list, tags},
};
use crate::{
    read::{Bag, Kind},
    text::{Read, id, must},
};

shapes! {
    /// A role: `get-role` and `list-roles` tell its trust, `get-account-authorization-details` its policies too.
    RoleShape {
        role_name: Option<String>,
        arn: Option<String>,
        assume_role_policy_document: Option<Value>,
        role_policy_list: Option<Vec<InlinePolicy>>,
        attached_managed_policies: Option<Vec<AttachedPolicy>>,
        tags: Vec<Tag>,
    }
    /// A policy in a role itself.
    InlinePolicy { role_name: Option<String>, policy_name: Option<String>, policy_document: Option<Value>, }
    /// A policy that a role has beside others.
    AttachedPolicy { policy_name: Option<String>, policy_arn: Option<String>, }
    /// What `list-attached-role-policies` tells.
    Attached { attached_policies: Vec<AttachedPolicy>, }
    /// What `list-role-policies` tells.
    Names { policy_names: Vec<String>, }
    /// A policy of its own, with its versions.
    PolicyShape { arn: Option<String>, policy_version_list: Vec<PolicyVersion>, }
    /// A version of a policy.
    PolicyVersion { document: Option<Value>, is_default_version: Option<bool>, }
}

/// AWS's own policy for functions in networks, by the end of its ARN.
const MANAGED: &str = ":aws:policy/service-role/AWSLambdaVPCAccessExecutionRole";

/// The name of the policy that egress writes into a role.
const INLINE: &str = "egress-network-access";

/// Policies of AWS's that allow what a function in a network needs, and a few usual ones that do not, by name. What others
/// allow is known only where their document is there.
///
/// Source: AWS managed policy reference.
const KNOWN: [(&str, bool); 11] = [
    ("AdministratorAccess", true),
    ("PowerUserAccess", true),
    ("AmazonEC2FullAccess", true),
    ("AWSLambdaENIManagementAccess", true),
    ("AWSLambdaBasicExecutionRole", false),
    ("AWSLambdaDynamoDBExecutionRole", false),
    ("AWSLambdaKinesisExecutionRole", false),
    ("AWSLambdaSQSQueueExecutionRole", false),
    ("AWSXRayDaemonWriteAccess", false),
    ("AmazonS3ReadOnlyAccess", false),
    ("CloudWatchLambdaInsightsExecutionRolePolicy", false),
];

/// What other answers tell of roles.
#[derive(Default)]
struct Told {
    inline: BTreeMap<String, BTreeMap<String, Option<Value>>>,
    attached: BTreeMap<String, Vec<AttachedPolicy>>,
    /// The documents of policies of their own, by ARN.
    documents: BTreeMap<String, Value>,
}

/// A role, and whether all of it is known.
struct Known {
    role: Role,
    is_whole: bool,
}

/// The roles. They count as read where all roles were listed with their policies, or else each function's role is known with its.
pub(crate) fn roles(bag: &mut Bag, functions: &BTreeMap<CloudId, Function>) -> BTreeMap<CloudId, Role> {
    let told = told(bag);
    let known = bag.convert(Kind::Role, |shape| role(shape, &told).map(Some));
    let is_whole = |role: &CloudId| known.get(role).is_some_and(|known| known.is_whole);
    let used: BTreeSet<&CloudId> = functions.values().filter_map(|function| function.role.as_ref()).collect();
    let is_read = if bag.is_answered(Kind::RoleDetail) {
        // A role that is not among all of them does not exist.
        used.iter().all(|role| !known.contains_key(*role) || is_whole(role))
    } else {
        bag.is_answered(Kind::Role) && bag.is_answered(Kind::Function) && used.iter().all(|role| is_whole(role))
    };
    if !is_read {
        bag.amiss.insert(Listing::Roles);
    }
    known.into_iter().map(|(id, known)| (id, known.role)).collect()
}

fn told(bag: &mut Bag) -> Told {
    let names: BTreeSet<String> =
        bag.things.get(&Kind::Role).into_iter().flatten().map(|(name, _)| name.clone()).collect();
    let mut told = Told::default();
    let lists: BTreeMap<CloudId, Names> = bag.convert(Kind::RolePolicyNames, |list| Ok(Some(list)));
    for (path, list) in lists {
        match name_in(Path::new(path.as_str()), &names) {
            Some(role) => {
                let inline = told.inline.entry(role.to_owned()).or_default();
                for policy in list.policy_names {
                    inline.entry(policy).or_default();
                }
            }
            None => bag.notes.push(nameless(&path, "role")),
        }
    }
    let lists: BTreeMap<CloudId, Attached> = bag.convert(Kind::AttachedPolicies, |list| Ok(Some(list)));
    for (path, list) in lists {
        match name_in(Path::new(path.as_str()), &names) {
            Some(role) => told.attached.entry(role.to_owned()).or_default().extend(list.attached_policies),
            None => bag.notes.push(nameless(&path, "role")),
        }
    }
    let policies = bag.convert(Kind::RolePolicy, |policy: InlinePolicy| {
        let role = must("RoleName", policy.role_name.as_deref())?.to_owned();
        inline(&policy).map(|(name, document)| Some((role, name, document)))
    });
    for (role, name, document) in policies.into_values() {
        // That one is there does not tell that there are no others.
        if let Some(inline) = told.inline.get_mut(&role) {
            inline.insert(name, document);
        }
    }
    let documents = bag.convert(Kind::Policy, |policy: PolicyShape| {
        let version = policy.policy_version_list.iter().find(|version| version.is_default_version == Some(true));
        version.and_then(|version| version.document.as_ref()).map(document).transpose()
    });
    told.documents = documents.into_iter().map(|(arn, document)| (arn.to_string(), document)).collect();
    told
}

fn role(shape: RoleShape, told: &Told) -> Read<Known> {
    let id = id("RoleName", shape.role_name.as_deref())?;
    let trust = shape.assume_role_policy_document.as_ref().map(document).transpose()?;
    let inline = match &shape.role_policy_list {
        Some(list) => Some(list.iter().map(inline).collect::<Read<BTreeMap<_, _>>>()?),
        None => told.inline.get(id.as_str()).cloned(),
    };
    let attached = shape.attached_managed_policies.or_else(|| told.attached.get(id.as_str()).cloned());
    let (grants, is_sure) = grants(&inline.clone().unwrap_or_default(), attached.as_deref().unwrap_or_default(), told);
    let is_whole = trust.is_some() && inline.is_some() && attached.is_some() && is_sure;
    let trusts_functions = trust.as_ref().is_some_and(trusts_lambda);
    Ok(Known { role: Role { id, trusts_functions, grants, tags: tags(shape.tags) }, is_whole })
}

fn inline(policy: &InlinePolicy) -> Read<(String, Option<Value>)> {
    let name = must("PolicyName", policy.policy_name.as_deref())?.to_owned();
    Ok((name, policy.policy_document.as_ref().map(document).transpose()?))
}

/// What lets a role make interfaces, and whether that is all; other policies are looked at only where egress's own ways are not there.
fn grants(
    inline: &BTreeMap<String, Option<Value>>,
    attached: &[AttachedPolicy],
    told: &Told,
) -> (BTreeSet<Grant>, bool) {
    let arn = |policy: &AttachedPolicy| policy.policy_arn.clone().unwrap_or_default();
    let mut grants = BTreeSet::new();
    grants.extend(attached.iter().any(|policy| arn(policy).ends_with(MANAGED)).then_some(Grant::Managed));
    grants.extend(inline.contains_key(INLINE).then_some(Grant::Inline));
    if !grants.is_empty() {
        return (grants, true);
    }
    let mut documents: BTreeMap<&str, &Value> = BTreeMap::new();
    let mut granting: BTreeSet<&str> = BTreeSet::new();
    let mut is_sure = true;
    for (name, document) in inline {
        is_sure &= document.is_some();
        documents.extend(document.as_ref().map(|document| (name.as_str(), document)));
    }
    for policy in attached {
        let name = policy.policy_name.as_deref().unwrap_or_default();
        let is_aws = arn(policy).contains(":aws:policy/");
        match (told.documents.get(&arn(policy)), KNOWN.iter().find(|(known, _)| is_aws && *known == name)) {
            (Some(document), _) => drop(documents.insert(name, document)),
            (None, Some((_, true))) => drop(granting.insert(name)),
            (None, Some((_, false))) => {}
            (None, None) => is_sure = false,
        }
    }
    let is_denied = LEAST.iter().any(|action| documents.values().any(|document| denies(document, action)));
    let is_allowed = |action: &&str| documents.values().any(|document| allows(document, action));
    if LEAST.iter().all(is_allowed) {
        let helps = |document: &&Value| LEAST.iter().any(|action| allows(document, action));
        granting.extend(documents.iter().filter(|(_, document)| helps(document)).map(|(name, _)| *name));
    }
    let granting = granting.first().filter(|_| !is_denied);
    (granting.map(|name| Grant::Other((*name).to_owned())).into_iter().collect(), is_sure || granting.is_some())
}

/// The shape of a role, with its policies.
pub(crate) fn shape_of(role: &Role, place: &Place) -> RoleShape {
    let mut inline = Vec::new();
    let mut attached = Vec::new();
    for grant in &role.grants {
        let name = match grant {
            Grant::Managed => {
                attached.push(AttachedPolicy {
                    policy_name: Some("AWSLambdaVPCAccessExecutionRole".to_owned()),
                    policy_arn: Some(arn_of(
                        "iam",
                        &place.region,
                        "aws",
                        "policy/service-role/AWSLambdaVPCAccessExecutionRole",
                    )),
                });
                continue;
            }
            Grant::Inline => INLINE.to_owned(),
            Grant::Other(name) => name.clone(),
        };
        let document = Some(network_access());
        inline.push(InlinePolicy { role_name: None, policy_name: Some(name), policy_document: document });
    }
    RoleShape {
        role_name: Some(role.id.to_string()),
        arn: Some(arn_of("iam", &place.region, &place.account, &format!("role/{}", role.id))),
        assume_role_policy_document: Some(trust(role.trusts_functions)),
        role_policy_list: Some(inline),
        attached_managed_policies: Some(attached),
        tags: tag_list(&role.tags),
    }
}
