//! A World from what `terraform show -json` prints: of a state what is, of a plan what would be once it is applied.
//!
//! So a change of the network can be traced before it is made. Things that are not made yet are called by their addresses
//! (`aws_subnet.private[0]`), and IPs that nobody knows yet are absent.
//!
//! # What Terraform does not tell
//!
//! - What it does not manage. Of a network that it makes the cloud's own main table, ACL and groups are as AWS makes them; of
//!   those of a network in a state that is *taken for granted*, and a [`Note`] says so. Interfaces and published versions of
//!   functions are [unseen](egress_core::world::Unseen).
//! - What a local value means in a plan, for plans hold no expression of it. Where a module has resources of one name only that
//!   could be meant, they are; else the thing stays unknown.
//! - Transit gateways, and some rarer resources, are not read: a route that leads to one leads to something unknown.

mod document;
mod filters;
mod functions;
mod gateways;
mod network;
mod refer;
#[cfg(test)]
mod tests;
mod ways;

use std::path::{Path, PathBuf};

use egress_core::{
    CloudId, Tags, World,
    world::{Listing, Place},
};
use serde_json::Value;
use thiserror::Error;

use self::{
    document::{Document, Resource, document},
    refer::Meaning,
};
use crate::{
    Note, Snapshot,
    text::{Flaw, Read, arn},
};

/// Why a file is no plan and no state.
#[derive(Debug, Error)]
pub enum TerraformError {
    /// It is no JSON.
    #[error("{} is no JSON", .0.display())]
    NotJson(PathBuf, #[source] serde_json::Error),
    /// It is some other JSON, e.g. a state file as Terraform keeps it.
    #[error("{} is not what `terraform show -json` prints of a plan or a state", .0.display())]
    NotTerraform(PathBuf),
}

/// Reads a plan or a state. There is one World, of the place that its ARNs and its provider tell.
pub fn read(file: &Path, bytes: &[u8]) -> Result<Snapshot, TerraformError> {
    let json: Value = serde_json::from_slice(bytes).map_err(|error| TerraformError::NotJson(file.to_owned(), error))?;
    let document = document(&json).ok_or_else(|| TerraformError::NotTerraform(file.to_owned()))?;
    let mut site = Site { file, document: &document, world: World::default(), notes: Vec::new() };
    site.world.network.place = place(&document);
    network::networks(&mut site);
    network::subnets(&mut site);
    ways::tables(&mut site);
    filters::groups(&mut site);
    filters::acls(&mut site);
    gateways::gateways(&mut site);
    functions::functions(&mut site);
    let ask = "Terraform, which does not manage them";
    for listing in [Listing::Interfaces, Listing::BlockPublicAccess] {
        site.world.network.unseen.add(listing, ask);
    }
    site.world.network.unseen.add(Listing::TransitGateways, "this reader of Terraform's plans and states");
    site.world.function.unseen.add(Listing::Versions, ask);
    let Site { world, notes, .. } = site;
    Ok(Snapshot { worlds: [(world.network.place.clone(), world)].into(), notes })
}

/// Whose account and which region: by the first ARN that tells each, else by the provider.
fn place(document: &Document) -> Place {
    let arns = || document.resources.iter().filter_map(|r| arn(r.text("arn")?));
    let first = |part: fn(crate::text::Arn<'_>) -> &str, or: Option<&str>| {
        let told = arns().map(part).find(|text| !text.is_empty() && *text != "aws");
        told.or(or).unwrap_or_default().to_owned()
    };
    Place { account: first(|arn| arn.account, None), region: first(|arn| arn.region, document.region.as_deref()) }
}

/// What is being read, and what has come of it.
struct Site<'d> {
    file: &'d Path,
    document: &'d Document,
    world: World,
    notes: Vec<Note>,
}

impl<'d> Site<'d> {
    /// Every resource of some types.
    fn every(&self, kinds: &'static [&'static str]) -> impl Iterator<Item = &'d Resource> + use<'d> {
        self.document.resources.iter().filter(move |r| kinds.contains(&r.kind.as_str()))
    }

    /// Reads every resource of some types; what cannot be read is noted, and left out.
    fn read<T>(&mut self, kinds: &[&str], read: impl Fn(&mut Self, &'d Resource) -> Read<T>) -> Vec<T> {
        let document = self.document;
        let resources = document.resources.iter().filter(|r| kinds.contains(&r.kind.as_str()));
        resources
            .filter_map(|resource| match read(self, resource) {
                Ok(thing) => Some(thing),
                Err(flaw) => {
                    self.note(resource, flaw.to_string());
                    None
                }
            })
            .collect()
    }

    fn note(&mut self, resource: &Resource, why: impl Into<String>) {
        self.notes.push(Note::new(self.file, &resource.address, why));
    }

    /// The thing that an attribute must name.
    fn must(&self, of: &Resource, name: &str, kinds: &[&str]) -> Read<CloudId> {
        let meaning = self.document.meaning(of, name, kinds);
        meaning.one().ok_or_else(|| Flaw::new(format!("what its {name} is cannot be told")))
    }

    /// The things that an attribute names; what cannot be told is noted.
    fn all(&mut self, of: &Resource, name: &str, kinds: &[&str]) -> Vec<CloudId> {
        match self.document.meaning(of, name, kinds) {
            Meaning::These(ids) => ids,
            Meaning::Nothing => Vec::new(),
            Meaning::Unknown => {
                self.note(of, format!("what its {name} are cannot be told"));
                Vec::new()
            }
        }
    }
}

/// A resource's tags.
fn tags(of: &Resource) -> Tags {
    let pairs = of.values.get("tags_all").or_else(|| of.values.get("tags")).and_then(Value::as_object);
    let texts =
        pairs.into_iter().flatten().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    texts.collect()
}
