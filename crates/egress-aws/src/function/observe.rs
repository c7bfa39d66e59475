//! Reads functions and their roles.
//!
//! One listing of all functions with all their published versions tells which are in subnets of the stack's networks: AWS has
//! no filter for that. What the listing leaves out (states, tags) is then read for each function that counts.
//!
//! In the scope of everything that would be two calls for each function of the account, of which Lambda answers a hundred and
//! fifteen a second ([`MOST_IN_FULL`]). An account of more functions is read as listed, except those in networks: of the others
//! nothing but their name, role, time limit and revision is known, they are taken to be active, and their tags, aliases and
//! limits are left out. What a packet meets does not depend on any of it. Roles are read of functions in networks alone: only
//! they need a permission.
//!
//! A function that egress gives back is moved first and loses its tags then, for they hold what it had before. A run that
//! dies in between leaves it in none of the stack's networks; so does whoever moves it away behind egress's back. Such a
//! function is found by its tag (see [`by_tag`]). Only where every function of the account is asked for by name is that
//! question spared. The network that it is in now, if any, is not read: nothing is done to that.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use aws_sdk_lambda::types::FunctionVersion;
use egress_core::{
    CloudError, CloudId, ErrorKind, Scope, StackName, tags,
    world::{Alias, Function, FunctionPart, Listing, Unseen, Version},
};
use futures::{StreamExt, TryStreamExt, join, stream, try_join};

use super::{by_tag, convert, roles};
use crate::{
    AwsCloud,
    client::Flight,
    gaps::Gaps,
    network::subnets_of,
    wire::{must, pages, unreadable_in},
};

/// How many reads of the same sort are under way at once.
const AT_ONCE: usize = 8;

/// Of how many functions each is read by itself, in the scope of everything: at eight at once, some seconds.
const MOST_IN_FULL: usize = 300;

pub(super) async fn observe(cloud: &AwsCloud, scope: &Scope) -> Result<FunctionPart, CloudError> {
    if matches!(scope, Scope::Lease { .. }) {
        return Ok(FunctionPart::default());
    }
    let everything = scope == &Scope::Everything;
    let census = census(cloud, scope);
    let grants = async { try_join!(roles::with_managed_policy(cloud), roles::own(cloud, scope)) };
    let (census, grants) = join!(census, grants);
    let Census { listed, asked, by_tag, subnets } = census?;
    let counts = |function: &Function| !by_tag.contains(&function.id) || is_tagged(function, scope);
    let known = listed.len();
    let in_full = |listed: &Listed| !everything || known <= MOST_IN_FULL || !listed.subnets.is_empty();
    let (in_full, asked) = (&in_full, &asked);
    let functions: Vec<Function> = stream::iter(listed)
        .map(|(name, listed)| async move {
            if in_full(&listed) { whole(cloud, name, listed, asked).await } else { Ok(listed.function) }
        })
        .buffered(AT_ONCE)
        .try_filter_map(|function| async { Ok(function.filter(counts)) })
        .try_collect()
        .await?;
    let mut unseen = Unseen::default();
    let roles = async {
        let (managed, own) = grants?;
        let needing = functions.iter().filter(|f| !everything || f.attachment.is_some());
        let used: BTreeSet<CloudId> = needing.filter_map(|function| function.role.clone()).collect();
        stream::iter(used.union(&own).cloned().collect::<Vec<_>>())
            .map(|name| roles::role(cloud, name, &managed, &own))
            .buffered(AT_ONCE)
            .try_filter_map(|role| async { Ok(role) })
            .map_ok(|role| (role.id.clone(), role))
            .try_collect()
            .await
    };
    let roles = Gaps::of(scope).take(&mut unseen, Listing::Roles, roles.await)?;
    let functions = functions.into_iter().map(|function| at_home(function, &subnets));
    let functions = functions.map(|function| (function.id.clone(), function)).collect();
    Ok(FunctionPart { functions, roles, unseen })
}

/// The functions that are asked for by name, as far as they exist. More than one observer wants them at once.
pub(crate) async fn asked(cloud: &AwsCloud, names: &BTreeSet<CloudId>) -> Result<Vec<Arc<Function>>, CloudError> {
    stream::iter(names.iter().cloned().collect::<Vec<_>>())
        .map(|name| one(cloud, name))
        .buffered(AT_ONCE)
        .try_filter_map(|function| async { Ok(function) })
        .try_collect()
        .await
}

/// What the listing says of a function.
#[derive(Default)]
struct Listed {
    /// It itself, as far as it is listed.
    function: Option<Function>,
    versions: Vec<Version>,
    /// The subnets that it or a version of it has interfaces in.
    subnets: BTreeSet<CloudId>,
}

/// The functions that count.
#[derive(Default)]
struct Census {
    listed: BTreeMap<CloudId, Listed>,
    /// Those among them that were asked for by name, which are read already.
    asked: BTreeMap<CloudId, Arc<Function>>,
    /// Those among them that count only if they carry the stack's tag, as the index of tags has it.
    by_tag: BTreeSet<CloudId>,
    /// The networks of the subnets that are known.
    subnets: BTreeMap<CloudId, CloudId>,
}

async fn census(cloud: &AwsCloud, scope: &Scope) -> Result<Census, CloudError> {
    let Scope::Stack { stack, functions, networks } = scope else {
        return Ok(Census { listed: all(cloud).await?, ..Census::default() });
    };
    let ((mut listed, tagged), subnets, asked) = try_join!(
        listed_and_tagged(cloud, stack, functions),
        subnets_of(cloud, stack, functions, networks),
        asked(cloud, functions)
    )?;
    let asked: BTreeMap<_, _> = asked.into_iter().map(|function| (function.id.clone(), function)).collect();
    let subnets: BTreeMap<_, _> = subnets.iter().map(|subnet| (subnet.id.clone(), subnet.network.clone())).collect();
    let is_inside = |function: &Listed| function.subnets.iter().any(|subnet| subnets.contains_key(subnet));
    let counts = |name: &CloudId, function: &Listed| asked.contains_key(name) || is_inside(function);
    listed.retain(|name, function| counts(name, function) || tagged.contains(name));
    let by_tag =
        listed.iter().filter(|(name, function)| !counts(name, function)).map(|(name, _)| name.clone()).collect();
    for name in asked.keys() {
        // One that is too young to be listed has no versions.
        listed.entry(name.clone()).or_default();
    }
    Ok(Census { listed, asked, by_tag, subnets })
}

/// All functions, and the names of those that the index of tags has for the stack; where all are asked for by name, there
/// is nobody else to find.
async fn listed_and_tagged(
    cloud: &AwsCloud,
    stack: &StackName,
    named: &BTreeSet<CloudId>,
) -> Result<(BTreeMap<CloudId, Listed>, BTreeSet<CloudId>), CloudError> {
    let listed = all(cloud).await?;
    let has_others = listed.keys().any(|name| !named.contains(name));
    let tagged = if has_others { by_tag::names(cloud, stack).await? } else { BTreeSet::new() };
    Ok((listed, tagged))
}

/// Whether a function carries the tag of the stack that is asked for.
fn is_tagged(function: &Function, scope: &Scope) -> bool {
    let tag = function.tags.get(tags::STACK);
    matches!(scope, Scope::Stack { stack, .. } if tag.is_some_and(|name| name == stack.as_str()))
}

/// A function is in the network of its subnets; Lambda's own word for it counts where they are not known here.
fn at_home(function: Function, subnets: &BTreeMap<CloudId, CloudId>) -> Function {
    let first = function.attachment.as_ref().and_then(|attachment| attachment.subnets.first());
    match first.and_then(|subnet| subnets.get(subnet)) {
        Some(network) => Function { network: Some(network.clone()), ..function },
        None => function,
    }
}

async fn all(cloud: &AwsCloud) -> Result<BTreeMap<CloudId, Listed>, CloudError> {
    let request = cloud.reads().lambda.list_functions().function_version(FunctionVersion::All);
    let entries = pages!(cloud, "ListFunctions", request).await?;
    let mut functions: BTreeMap<CloudId, Listed> = BTreeMap::new();
    for entry in &entries {
        let of = unreadable_in("ListFunctions");
        let name = must("FunctionName", entry.function_name()).map_err(&of)?;
        let listed = functions.entry(CloudId::new(name)).or_default();
        listed.subnets.extend(convert::attachment(entry.vpc_config()).into_iter().flat_map(|to| to.subnets));
        match convert::version(entry).map_err(&of)? {
            Some(version) => listed.versions.push(version),
            None => listed.function = Some(convert::configured(entry).map_err(&of)?),
        }
    }
    for listed in functions.values_mut() {
        // In the order in which they were published.
        listed.versions.sort_by_key(|version| (version.version.len(), version.version.clone()));
        if let Some(function) = &mut listed.function {
            function.versions.clone_from(&listed.versions);
        }
    }
    Ok(functions)
}

/// A function with all that belongs to it; `None` where it has gone meanwhile.
async fn whole(
    cloud: &AwsCloud,
    name: CloudId,
    listed: Listed,
    asked: &BTreeMap<CloudId, Arc<Function>>,
) -> Result<Option<Function>, CloudError> {
    let read = async {
        match asked.get(&name) {
            Some(function) => Ok(Some(Arc::clone(function))),
            None => one(cloud, name.clone()).await,
        }
    };
    // An alias names a version; without any, it can only lead to the function itself.
    let has_versions = !listed.versions.is_empty();
    let aliases = async { if has_versions { aliases(cloud, &name).await } else { Ok(Vec::new()) } };
    let (function, aliases) = try_join!(read, aliases)?;
    Ok(function.map(|function| Function { versions: listed.versions, aliases, ..function.as_ref().clone() }))
}

async fn one(cloud: &AwsCloud, name: CloudId) -> Result<Option<Arc<Function>>, CloudError> {
    let (ours, flight) = (cloud.clone(), Flight::Function(name.to_string()));
    let read = cloud.flights().join(flight, || async move { get(&ours, &name).await }).await?;
    Ok(read.as_ref().clone().map(Arc::new))
}

async fn get(cloud: &AwsCloud, name: &CloudId) -> Result<Option<Function>, CloudError> {
    let request = cloud.reads().lambda.get_function().function_name(name.as_str());
    match cloud.call("GetFunction", Some(name)).read(request.send()).await {
        Ok(answer) => {
            // Without its tags a function of egress's would look like one that was never attached.
            if let Some(why) = answer.tags_error() {
                let message = format!("the tags cannot be read: {}: {}", why.error_code(), why.message());
                return Err(CloudError::new(ErrorKind::Denied, "GetFunction", message)
                    .on(name)
                    .hint("the caller must be allowed lambda:ListTags"));
            }
            convert::function(&answer).map(Some).map_err(unreadable_in("GetFunction"))
        }
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

async fn aliases(cloud: &AwsCloud, name: &CloudId) -> Result<Vec<Alias>, CloudError> {
    let request = cloud.reads().lambda.list_aliases().function_name(name.as_str());
    let described = match pages!(cloud, "ListAliases", request).await {
        Ok(described) => described,
        Err(error) if error.kind == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let aliases = described.iter().map(convert::alias).collect::<crate::wire::Read<_>>();
    aliases.map_err(unreadable_in("ListAliases"))
}
