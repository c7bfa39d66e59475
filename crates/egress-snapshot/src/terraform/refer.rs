//! Which resource an attribute means: the one with the id that stands there, or the one that its expression names.

use egress_core::CloudId;
use serde_json::{Map, Value};

use super::document::{Document, Module, Resource, names};
use crate::text::filled;

/// How far names are followed through outputs and arguments.
const DEPTH: usize = 16;

/// What an attribute means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nothing: it is not set.
    Nothing,
    /// These things.
    These(Vec<CloudId>),
    /// Something that cannot be told before the apply.
    Unknown,
}

impl Meaning {
    /// The one thing that is meant.
    pub(super) fn one(self) -> Option<CloudId> {
        match self {
            Self::These(ids) => match <[CloudId; 1]>::try_from(ids) {
                Ok([id]) => Some(id),
                Err(_) => None,
            },
            Self::Nothing | Self::Unknown => None,
        }
    }
}

impl Resource {
    /// Its id; for what is not made yet, its address.
    pub(super) fn id(&self) -> CloudId {
        CloudId::new(self.text("id").unwrap_or(&self.address))
    }

    /// A text attribute that is set.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        text(&self.values, name)
    }

    /// A switch.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.values.get(name).and_then(Value::as_bool)
    }

    /// A number.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        self.values.get(name).and_then(Value::as_i64)
    }

    /// The blocks, or the items of the list, that an attribute holds.
    pub(super) fn blocks(&self, name: &str) -> impl Iterator<Item = &Map<String, Value>> {
        self.values.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
    }
}

/// A text of a block that is set.
pub(super) fn text<'a>(block: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    filled(block.get(name).and_then(Value::as_str))
}

impl Document {
    /// What an attribute means, a text or a list of texts; `kinds` are the types of resources that it can be.
    pub(super) fn meaning(&self, of: &Resource, name: &str, kinds: &[&str]) -> Meaning {
        self.meaning_in(of, &of.values, &[name], kinds)
    }

    /// The same for an attribute of a block; `path` leads to it from the resource.
    pub(super) fn meaning_in(
        &self,
        of: &Resource,
        block: &Map<String, Value>,
        path: &[&str],
        kinds: &[&str],
    ) -> Meaning {
        let known = path.last().and_then(|name| block.get(*name));
        match known {
            Some(Value::String(id)) if !id.is_empty() => return Meaning::These(vec![CloudId::new(id)]),
            Some(Value::Array(ids)) if !ids.iter().any(Value::is_null) => {
                let ids: Vec<CloudId> =
                    ids.iter().filter_map(Value::as_str).filter(|id| !id.is_empty()).map(CloudId::new).collect();
                return if ids.is_empty() { Meaning::Nothing } else { Meaning::These(ids) };
            }
            Some(Value::Array(_)) | None => {}
            Some(_) => return Meaning::Nothing,
        }
        let written = self.written(of, path);
        if written.is_empty() {
            return Meaning::Nothing;
        }
        let mut found = self.named(of, &of.module, &written, kinds, DEPTH);
        found.sort_by(|a, b| a.address.cmp(&b.address));
        found.dedup_by(|a, b| a.address == b.address);
        if found.is_empty() {
            return Meaning::Unknown;
        }
        Meaning::These(found.into_iter().map(Resource::id).collect())
    }

    /// The names in the expression of an attribute; those of the whole block where the expression does not go so deep.
    fn written(&self, of: &Resource, path: &[&str]) -> Vec<String> {
        let data = if of.address.split('.').any(|part| part == "data") { "data." } else { "" };
        let module = self.root.as_ref().and_then(|root| within(root, &of.module));
        let Some(mut at) = module.and_then(|m| m.expressions.get(&format!("{data}{}.{}", of.kind, of.name))) else {
            return Vec::new();
        };
        for name in path {
            let inner = match at {
                Value::Array(blocks) if blocks.len() == 1 => blocks.first().and_then(|block| block.get(*name)),
                other => other.get(*name),
            };
            match inner {
                Some(inner) => at = inner,
                // A block that was written as one expression names whatever is in it.
                None if at.get("references").is_some() || at.is_array() => break,
                None => return Vec::new(),
            }
        }
        names(at)
    }

    /// The resources of some types that names mean, seen from a module.
    fn named<'d>(
        &'d self,
        of: &Resource,
        module: &str,
        names: &[String],
        kinds: &[&str],
        depth: usize,
    ) -> Vec<&'d Resource> {
        if depth == 0 {
            return Vec::new();
        }
        let by_count = names.iter().any(|name| name.starts_with("count.") || name.starts_with("each."));
        let mut found = Vec::new();
        for name in names {
            // Terraform lists `a.b.id`, `a.b[0]` and `a.b` for one reference: the fullest comes first.
            let (head, rest) = name.split_once('.').unwrap_or((name, ""));
            match head {
                "var" => found.extend(self.argument(of, module, rest, kinds, depth)),
                "module" => found.extend(self.output(of, module, rest, kinds, depth)),
                "local" => found.extend(self.only_ones(of, module, kinds, by_count)),
                _ => found.extend(self.direct(of, module, name, kinds, by_count)),
            }
            if !found.is_empty() {
                break;
            }
        }
        found
    }

    /// What the caller of a module gave it.
    fn argument<'d>(
        &'d self,
        of: &Resource,
        module: &str,
        rest: &str,
        kinds: &[&str],
        depth: usize,
    ) -> Vec<&'d Resource> {
        let (parent, call) = parent_of(module);
        let argument = rest.split(['.', '[']).next().unwrap_or_default();
        let caller = self.root.as_ref().and_then(|root| within(root, parent));
        let written = caller.and_then(|caller| caller.calls.get(call)).and_then(|call| call.arguments.get(argument));
        written.map(|names| self.named(of, parent, names, kinds, depth - 1)).unwrap_or_default()
    }

    /// What a module gives its caller.
    fn output<'d>(
        &'d self,
        of: &Resource,
        module: &str,
        rest: &str,
        kinds: &[&str],
        depth: usize,
    ) -> Vec<&'d Resource> {
        let mut parts = rest.split('.');
        let (Some(call), Some(output)) = (parts.next(), parts.next()) else { return Vec::new() };
        let dot = if module.is_empty() { "" } else { "." };
        let child = format!("{module}{dot}module.{call}");
        let (output, index) = parted(output);
        let inner = self.root.as_ref().and_then(|root| within(root, &child));
        let Some(names) = inner.and_then(|inner| inner.outputs.get(output)) else { return Vec::new() };
        let found = self.named(of, &child, names, kinds, depth - 1);
        at(found, index)
    }

    /// The resources with this type and name in a module.
    fn direct<'d>(
        &'d self,
        of: &Resource,
        module: &str,
        name: &str,
        kinds: &[&str],
        by_count: bool,
    ) -> Vec<&'d Resource> {
        let name = name.strip_prefix("data.").unwrap_or(name);
        let mut parts = name.split('.');
        let (Some(kind), Some(name)) = (parts.next(), parts.next()) else { return Vec::new() };
        let (name, index) = parted(name);
        if !kinds.contains(&kind) {
            return Vec::new();
        }
        let like = self.of_module(module, |r| r.kind == kind && r.name == name);
        if index.is_some() {
            return at(like, index);
        }
        if by_count { same_place(like, of) } else { like }
    }

    /// The resources of a module; where it is one of many and nobody says which, of all of them.
    fn of_module(&self, module: &str, is: impl Fn(&Resource) -> bool) -> Vec<&Resource> {
        let (exact, alike): (Vec<&Resource>, Vec<&Resource>) =
            self.resources.iter().filter(|r| is(r) && is_module(&r.module, module)).partition(|r| r.module == module);
        if exact.is_empty() { alike } else { exact }
    }

    /// What a local value may mean, of which Terraform prints no expression: the only resources of these types that the module
    /// has, where they are of one name.
    fn only_ones<'d>(&'d self, of: &Resource, module: &str, kinds: &[&str], by_count: bool) -> Vec<&'d Resource> {
        let all = self.of_module(module, |r| kinds.contains(&r.kind.as_str()));
        let one_name = all.windows(2).all(|two| matches!(two, [a, b] if (&a.kind, &a.name) == (&b.kind, &b.name)));
        if !one_name {
            return Vec::new();
        }
        if by_count { same_place(all, of) } else { all }
    }
}

/// Of resources that are one of many, that with the place that another one has among its like: by its index, else, as
/// Terraform's `element` counts, around and around.
fn same_place<'d>(like: Vec<&'d Resource>, of: &Resource) -> Vec<&'d Resource> {
    let Some(index) = &of.index else { return like };
    if let Some(same) = like.iter().find(|r| r.index.as_ref() == Some(index)) {
        return vec![*same];
    }
    let around = index.parse::<usize>().ok().and_then(|n| n.checked_rem(like.len()));
    let wrapped = around.and_then(|n| like.iter().find(|r| r.index == Some(n.to_string())));
    wrapped.map_or(like.clone(), |one| vec![*one])
}

/// Only the one with this index, where one is asked for.
fn at<'d>(like: Vec<&'d Resource>, index: Option<&str>) -> Vec<&'d Resource> {
    match index {
        None => like,
        Some(index) => like.into_iter().filter(|r| r.index.as_deref() == Some(index)).collect(),
    }
}

/// A name and the index behind it: `private[0]` is `private` and `0`.
fn parted(name: &str) -> (&str, Option<&str>) {
    match name.split_once('[') {
        Some((name, index)) => (name, index.strip_suffix(']')),
        None => (name, None),
    }
}

/// Whether a resource's module is the one meant; one of many has an index there, which names lack.
fn is_module(address: &str, module: &str) -> bool {
    address == module || without_indices(address) == without_indices(module)
}

/// The module's config, by its address.
fn within<'m>(root: &'m Module, address: &str) -> Option<&'m Module> {
    let path = without_indices(address);
    let calls = path.split('.').filter(|part| !part.is_empty() && *part != "module");
    calls.into_iter().try_fold(root, |module, call| module.calls.get(call).map(|call| &call.module))
}

/// The module that calls another one, and the name of the call.
fn parent_of(module: &str) -> (&str, &str) {
    let (parent, call) = module.rsplit_once("module.").unwrap_or(("", ""));
    (parent.trim_end_matches('.'), parted(call).0)
}

/// An address without its indices, which may hold dots.
fn without_indices(address: &str) -> String {
    let mut depth = 0_usize;
    let kept = |c: &char| {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    };
    address.chars().filter(kept).collect()
}
