//! Reads functions and their roles.
//!
//! One listing of all functions with all their published versions tells which have interfaces in the stack's networks: AWS has
//! no filter for that. What the listing leaves out (states, tags) is then read for each function that counts.
//!
//! A function that carries the stack's tags, but was not asked for and has no interface in the stack's networks, is not seen:
//! Lambda lists no tags. Egress tags functions that it attaches, so that is one that somebody else has moved away since.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use aws_sdk_lambda::types::FunctionVersion;
use egress_core::{
    CloudError, CloudId, ErrorKind, Scope,
    world::{Alias, Function, FunctionPart, Version},
};
use futures::{StreamExt, TryStreamExt, stream, try_join};

use super::{convert, roles};
use crate::{
    AwsCloud,
    client::Flight,
    network::networks_of,
    wire::{must, pages},
};

/// How many reads of the same sort are under way at once.
const AT_ONCE: usize = 8;

pub(super) async fn observe(cloud: &AwsCloud, scope: &Scope) -> Result<FunctionPart, CloudError> {
    let ((functions, asked), managed, own) =
        try_join!(listed(cloud, scope), roles::with_managed_policy(cloud), roles::own(cloud, scope))?;
    let functions: Vec<Function> = stream::iter(functions)
        .map(|(name, listed)| whole(cloud, name, listed, &asked))
        .buffered(AT_ONCE)
        .try_filter_map(|function| async { Ok(function) })
        .try_collect()
        .await?;
    let used: BTreeSet<CloudId> = functions.iter().filter_map(|function| function.role.clone()).collect();
    let roles = stream::iter(used.union(&own).cloned().collect::<Vec<_>>())
        .map(|name| roles::role(cloud, name, &managed, &own))
        .buffered(AT_ONCE)
        .try_filter_map(|role| async { Ok(role) })
        .map_ok(|role| (role.id.clone(), role))
        .try_collect()
        .await?;
    let functions = functions.into_iter().map(|function| (function.id.clone(), function)).collect();
    Ok(FunctionPart { functions, roles })
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
    versions: Vec<Version>,
    /// The networks that it or a version of it has interfaces in.
    networks: BTreeSet<CloudId>,
}

/// The functions that count, and those among them that were asked for by name and are read already.
async fn listed(
    cloud: &AwsCloud,
    scope: &Scope,
) -> Result<(BTreeMap<CloudId, Listed>, BTreeMap<CloudId, Arc<Function>>), CloudError> {
    let Scope::Stack { stack, functions } = scope else { return Ok((all(cloud).await?, BTreeMap::new())) };
    let (mut listed, networks, asked) =
        try_join!(all(cloud), networks_of(cloud, stack, functions), asked(cloud, functions))?;
    let asked: BTreeMap<_, _> = asked.into_iter().map(|function| (function.id.clone(), function)).collect();
    listed.retain(|name, function| asked.contains_key(name) || !function.networks.is_disjoint(&networks));
    for name in asked.keys() {
        // One that is too young to be listed has no versions.
        listed.entry(name.clone()).or_default();
    }
    Ok((listed, asked))
}

async fn all(cloud: &AwsCloud) -> Result<BTreeMap<CloudId, Listed>, CloudError> {
    let request = cloud.reads().lambda.list_functions().function_version(FunctionVersion::All);
    let entries = pages!(cloud, "ListFunctions", request).await?;
    let mut functions: BTreeMap<CloudId, Listed> = BTreeMap::new();
    for entry in &entries {
        let of = |flaw: crate::wire::Flaw| flaw.of("ListFunctions");
        let name = must("FunctionName", entry.function_name()).map_err(of)?;
        let listed = functions.entry(CloudId::new(name)).or_default();
        listed.networks.extend(convert::network(entry.vpc_config()));
        listed.versions.extend(convert::version(entry).map_err(of)?);
    }
    for listed in functions.values_mut() {
        // In the order in which they were published.
        listed.versions.sort_by_key(|version| (version.version.len(), version.version.clone()));
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
            convert::function(&answer).map(Some).map_err(|flaw| flaw.of("GetFunction"))
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
    aliases.map_err(|flaw| flaw.of("ListAliases"))
}
