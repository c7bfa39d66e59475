//! Functions, their versions and their aliases.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use egress_core::{
    CloudId, Tags,
    world::{Alias, Attachment, Function, FunctionState, Listing, Place, UpdateState, Version},
};

use super::{arn_of, shapes};
use crate::{
    Note,
    read::{Bag, Kind},
    text::{Read, filled, id, id_if, must, role_name},
};

shapes! {
    /// A function or a published version, with what `get-function` tells beside its configuration.
    FunctionShape {
        function_name: Option<String>,
        function_arn: Option<String>,
        version: Option<String>,
        role: Option<String>,
        state: Option<String>,
        last_update_status: Option<String>,
        last_update_status_reason: Option<String>,
        last_update_status_reason_code: Option<String>,
        vpc_config: Option<VpcConfig>,
        file_system_configs: Vec<FileSystemConfig>,
        revision_id: Option<String>,
        timeout: Option<u32>,
        #[serde(skip_serializing)]
        tags: Tags,
        #[serde(skip_serializing)]
        concurrency: Option<Concurrency>,
    }
    /// Where it runs.
    VpcConfig {
        vpc_id: Option<String>,
        subnet_ids: BTreeSet<String>,
        security_group_ids: BTreeSet<String>,
        ipv6_allowed_for_dual_stack: Option<bool>,
    }
    /// A file system that is mounted in it.
    FileSystemConfig { arn: Option<String>, }
    /// How many of it may run at once.
    Concurrency { reserved_concurrent_executions: Option<u32>, }
    /// What `get-function` tells.
    FunctionAnswer { configuration: FunctionShape, tags: Option<Tags>, concurrency: Option<Concurrency>, }
    /// A name for versions.
    AliasShape {
        alias_arn: Option<String>,
        name: Option<String>,
        function_version: Option<String>,
        routing_config: Option<RoutingConfig>,
    }
    /// The other versions that it sends callers to, with what part of them each gets.
    RoutingConfig { additional_version_weights: BTreeMap<String, f64>, }
}

const LATEST: &str = "$LATEST";

/// The functions, each with its versions and aliases; those stand in answers of their own.
pub(crate) fn functions(bag: &mut Bag) -> BTreeMap<CloudId, Function> {
    say_what_is_guessed(bag);
    let names: BTreeSet<String> =
        bag.things.get(&Kind::Function).into_iter().flatten().map(|(name, _)| name.clone()).collect();
    let limits = limits(bag, &names);
    let mut functions = bag.convert(Kind::Function, |shape| function(shape).map(Some));
    let told = bag.convert(Kind::Version, version);
    let aliases = bag.convert(Kind::Alias, alias);
    let listed = named(bag, Kind::AliasListing, &names);
    let mut with_versions: BTreeSet<CloudId> = told.values().map(|(function, _)| function.clone()).collect();
    if !bag.take(Kind::AllVersions).is_empty() {
        with_versions.extend(functions.keys().cloned());
    }
    for (function, version) in told.into_values() {
        if let Some((function, version)) = functions.get_mut(&function).zip(version) {
            function.versions.push(version);
        }
    }
    for (of, alias) in aliases {
        let function = CloudId::new(of.as_str().split(':').next().unwrap_or_default());
        if let Some(function) = functions.get_mut(&function) {
            function.aliases.push(alias);
        }
    }
    for function in functions.values_mut() {
        function.versions.sort_by_cached_key(|version| (version.version.parse::<u64>().ok(), version.version.clone()));
        function.concurrency = function.concurrency.or(limits.get(function.id.as_str()).copied());
        // An alias names a version; without any, it can only lead to the function itself.
        let has_aliases = function.versions.is_empty() || listed.contains(function.id.as_str());
        if !with_versions.contains(&function.id) || !has_aliases {
            bag.amiss.insert(Listing::Versions);
        }
    }
    if !bag.is_answered(Kind::Function) {
        bag.amiss.insert(Listing::Versions);
    }
    functions
}

/// `list-functions` leaves states, tags and limits out.
fn say_what_is_guessed(bag: &mut Bag) {
    let mut without =
        bag.things.get(&Kind::Function).into_iter().flatten().filter(|(_, entry)| !entry.value.contains_key("State"));
    let Some((name, entry)) = without.next() else { return };
    let others = without.count();
    let who = if others == 0 { name.clone() } else { format!("{name} and {others} more") };
    let why =
        format!("no file tells the states, tags and limits of {who} (get-function): taken to be active, with none");
    let note = Note::new(&entry.file, &entry.at, why);
    bag.notes.push(note);
}

/// How many of each function may run at once, by files that are named after it.
fn limits(bag: &mut Bag, names: &BTreeSet<String>) -> BTreeMap<String, u32> {
    let mut limits = BTreeMap::new();
    let told: BTreeMap<CloudId, Concurrency> = bag.convert(Kind::Concurrency, |told| Ok(Some(told)));
    for (path, told) in told {
        match (name_in(Path::new(path.as_str()), names), told.reserved_concurrent_executions) {
            (Some(name), Some(limit)) => drop(limits.insert(name.to_owned(), limit)),
            _ => bag.notes.push(nameless(&path, "function")),
        }
    }
    limits
}

/// The functions that answers of a kind are about: their entries tell, or their files' names do.
fn named(bag: &mut Bag, kind: Kind, names: &BTreeSet<String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for id in bag.take(kind).into_keys() {
        if names.contains(&id) {
            found.insert(id);
        } else if let Some(name) = name_in(Path::new(&id), names) {
            found.insert(name.to_owned());
        } else {
            bag.notes.push(nameless(&CloudId::new(id), "function"));
        }
    }
    found
}

pub(crate) fn nameless(path: &CloudId, what: &str) -> Note {
    Note::new(
        path.as_str(),
        "",
        format!("does not tell which {what} it is about: put its name into the name of the file"),
    )
}

/// The longest of these names that stands in a file's name, else in that of the nearest folder, between separators.
pub(crate) fn name_in<'a>(path: &Path, names: &'a BTreeSet<String>) -> Option<&'a str> {
    path.ancestors().find_map(|part| {
        let text = part.file_name()?.to_string_lossy().into_owned();
        // What stands between dots is the whole name, where it is one.
        let whole = text.split('.').filter_map(|word| names.get(word));
        whole.max_by_key(|name| name.len()).or_else(|| longest(&text, names)).map(String::as_str)
    })
}

/// More words than this make no name of a file.
const WORDS: usize = 32;

fn longest<'a>(text: &str, names: &'a BTreeSet<String>) -> Option<&'a String> {
    let is_separator = |c: char| !c.is_ascii_alphanumeric();
    let starts: Vec<usize> =
        std::iter::once(0).chain(text.match_indices(is_separator).map(|(i, s)| i + s.len())).collect();
    let ends: Vec<usize> = text.match_indices(is_separator).map(|(i, _)| i).chain([text.len()]).collect();
    let all =
        starts.iter().take(WORDS).flat_map(|start| ends.iter().take(WORDS).filter_map(|end| text.get(*start..*end)));
    all.filter_map(|word| names.get(word)).max_by_key(|name| name.len())
}

fn function(shape: FunctionShape) -> Read<Function> {
    Ok(Function {
        id: id("FunctionName", shape.function_name.as_deref())?,
        role: filled(shape.role.as_deref()).map(role_name).transpose()?,
        state: state(shape.state.as_deref()),
        update: update(&shape),
        attachment: attachment(shape.vpc_config.as_ref()),
        network: network(shape.vpc_config.as_ref()),
        file_systems: shape.file_system_configs.into_iter().filter_map(|system| system.arn).collect(),
        revision: shape.revision_id.unwrap_or_default(),
        versions: Vec::new(),
        aliases: Vec::new(),
        timeout: shape.timeout,
        concurrency: shape.concurrency.and_then(|limit| limit.reserved_concurrent_executions),
        managed_by: managed_by(&shape.tags),
        tags: shape.tags,
    })
}

/// The tag that CloudFormation sets on whatever it makes, with the name of its stack (CloudFormation user guide, "Resource
/// tags"). SAM and the CDK deploy through it. Terraform sets none.
const CLOUDFORMATION_STACK: &str = "aws:cloudformation:stack-name";

fn managed_by(tags: &Tags) -> Option<String> {
    tags.get(CLOUDFORMATION_STACK).map(|stack| format!("AWS CloudFormation (stack {stack})"))
}

/// An answer without a state is of a listing, or of a function from before functions had one: it is active.
fn state(state: Option<&str>) -> FunctionState {
    match state {
        Some("Pending") => FunctionState::Pending,
        Some("Inactive") => FunctionState::Inactive,
        Some("Failed") => FunctionState::Failed,
        None | Some("Active") => FunctionState::Active,
        // One that is not known here can surely not be relied on yet.
        Some(_) => FunctionState::Pending,
    }
}

fn update(shape: &FunctionShape) -> UpdateState {
    match shape.last_update_status.as_deref() {
        Some("InProgress") => UpdateState::InProgress,
        Some("Failed") => UpdateState::Failed {
            code: shape.last_update_status_reason_code.as_deref().unwrap_or("Unknown").to_owned(),
            message: shape.last_update_status_reason.as_deref().unwrap_or("AWS does not say why").to_owned(),
        },
        _ => UpdateState::Done,
    }
}

/// Where a function or version runs. Out of all networks AWS shows no `VpcConfig`, or one of empty lists and an empty id.
fn attachment(config: Option<&VpcConfig>) -> Option<Attachment<CloudId>> {
    let config = config.filter(|config| !config.subnet_ids.is_empty())?;
    Some(Attachment {
        subnets: config.subnet_ids.iter().map(CloudId::new).collect(),
        groups: config.security_group_ids.iter().map(CloudId::new).collect(),
        ipv6: config.ipv6_allowed_for_dual_stack.unwrap_or_default(),
    })
}

fn network(config: Option<&VpcConfig>) -> Option<CloudId> {
    let config = config.filter(|config| !config.subnet_ids.is_empty())?;
    id_if(config.vpc_id.as_deref())
}

/// A function's published version; none for its changeable form, which a listing of versions has too.
fn version(shape: FunctionShape) -> Read<Option<(CloudId, Option<Version>)>> {
    let function = id("FunctionName", shape.function_name.as_deref())?;
    let version = must("Version", shape.version.as_deref())?;
    let published = (version != LATEST)
        .then(|| Version { version: version.to_owned(), attachment: attachment(shape.vpc_config.as_ref()) });
    Ok(Some((function, published)))
}

fn alias(alias: AliasShape) -> Read<Option<Alias>> {
    let mut versions = BTreeSet::from([must("FunctionVersion", alias.function_version.as_deref())?.to_owned()]);
    versions
        .extend(alias.routing_config.into_iter().flat_map(|routing| routing.additional_version_weights.into_keys()));
    Ok(Some(Alias { name: must("Name", alias.name.as_deref())?.to_owned(), versions }))
}

/// The shape of a function's configuration.
pub(crate) fn shape_of(function: &Function, place: &Place) -> FunctionShape {
    let state = match function.state {
        FunctionState::Pending => "Pending",
        FunctionState::Active => "Active",
        FunctionState::Inactive => "Inactive",
        FunctionState::Failed => "Failed",
    };
    let (update, failure) = match &function.update {
        UpdateState::Done => ("Successful", None),
        UpdateState::InProgress => ("InProgress", None),
        UpdateState::Failed { code, message } => ("Failed", Some((code.clone(), message.clone()))),
    };
    let (code, reason) = failure.unzip();
    let role = |role: &CloudId| arn_of("iam", &place.region, &place.account, &format!("role/{role}"));
    let system = |arn: &String| FileSystemConfig { arn: Some(arn.clone()) };
    FunctionShape {
        role: function.role.as_ref().map(role),
        state: Some(state.to_owned()),
        last_update_status: Some(update.to_owned()),
        last_update_status_reason: reason,
        last_update_status_reason_code: code,
        vpc_config: function.attachment.as_ref().map(|attachment| vpc_config(attachment, function.network.as_ref())),
        file_system_configs: function.file_systems.iter().map(system).collect(),
        revision_id: Some(function.revision.clone()),
        timeout: function.timeout,
        ..of_version(function, LATEST, place)
    }
}

fn of_version(function: &Function, version: &str, place: &Place) -> FunctionShape {
    let suffix = if version == LATEST { String::new() } else { format!(":{version}") };
    FunctionShape {
        function_name: Some(function.id.to_string()),
        function_arn: Some(function_arn(function, &suffix, place)),
        version: Some(version.to_owned()),
        ..FunctionShape::default()
    }
}

fn function_arn(function: &Function, suffix: &str, place: &Place) -> String {
    arn_of("lambda", &place.region, &place.account, &format!("function:{}{suffix}", function.id))
}

fn vpc_config(attachment: &Attachment<CloudId>, network: Option<&CloudId>) -> VpcConfig {
    let texts = |ids: &BTreeSet<CloudId>| ids.iter().map(ToString::to_string).collect();
    VpcConfig {
        vpc_id: Some(network.map(ToString::to_string).unwrap_or_default()),
        subnet_ids: texts(&attachment.subnets),
        security_group_ids: texts(&attachment.groups),
        ipv6_allowed_for_dual_stack: Some(attachment.ipv6),
    }
}

/// What `get-function` tells.
pub(crate) fn answer_of(function: &Function, place: &Place) -> FunctionAnswer {
    FunctionAnswer {
        configuration: shape_of(function, place),
        tags: Some(function.tags.clone()),
        concurrency: function.concurrency.map(|n| Concurrency { reserved_concurrent_executions: Some(n) }),
    }
}

/// The shapes of a function's versions, its changeable form first.
pub(crate) fn version_shapes<'a>(function: &'a Function, place: &'a Place) -> impl Iterator<Item = FunctionShape> + 'a {
    let published = function.versions.iter().map(|version| FunctionShape {
        vpc_config: version.attachment.as_ref().map(|attachment| vpc_config(attachment, function.network.as_ref())),
        ..of_version(function, &version.version, place)
    });
    std::iter::once(of_version(function, LATEST, place)).chain(published)
}

/// The shapes of a function's aliases. What part of the callers each version gets is in no World: they share alike.
pub(crate) fn alias_shapes(function: &Function, place: &Place) -> Vec<AliasShape> {
    let shape = |alias: &Alias| {
        let mut versions = alias.versions.iter();
        let first = versions.next().cloned();
        let part = 1.0 / f64::from(u32::try_from(alias.versions.len()).unwrap_or(u32::MAX));
        let others: BTreeMap<String, f64> = versions.map(|version| (version.clone(), part)).collect();
        AliasShape {
            alias_arn: Some(function_arn(function, &format!(":{}", alias.name), place)),
            name: Some(alias.name.clone()),
            function_version: first,
            routing_config: (!others.is_empty()).then_some(RoutingConfig { additional_version_weights: others }),
        }
    };
    function.aliases.iter().map(shape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_between_separators_counts_and_a_whole_word_before_it() {
        let names: BTreeSet<String> = ["pay", "order-sync", "sync", "list-aliases-pay"].map(str::to_owned).into();
        let cases = [
            ("list-aliases.pay.json", Some("pay")),
            ("order-sync/concurrency.json", Some("order-sync")),
            ("concurrency-order-sync.json", Some("order-sync")),
            ("pay_limits.json", Some("pay")),
            ("payments.json", None),
            ("", None),
        ];
        for (path, expected) in cases {
            assert_eq!(name_in(Path::new(path), &names), expected, "{path}");
        }
    }
}
