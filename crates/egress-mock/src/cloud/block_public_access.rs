//! Block Public Access: the account's switch, and what is exempt from it.

use egress_core::{
    CloudId, Tags,
    world::{BlockMode, Exclusion},
};

use super::{ApiError, Code, Model, error::no_such, tags::check_ec2_tags};

/// The most exclusions of an account [doc].
const MOST_EXCLUSIONS: usize = 50;

impl Model {
    /// `ModifyVpcBlockPublicAccessOptions`. AWS takes minutes to put it in force; here it is so at once `[?]`.
    pub(crate) fn set_block_mode(&mut self, mode: BlockMode) {
        self.world.network.block_public_access.mode = mode;
        self.hidden.facts.block_mode_set_at = Some(self.hidden.now);
    }

    /// `CreateVpcBlockPublicAccessExclusion` for a network or a subnet: answers with the exclusion's id.
    ///
    /// A thing has one exclusion at most; the code and the sentence about a second one are our own `[?]`.
    pub(crate) fn create_exclusion(&mut self, of: &CloudId, mode: Exclusion, tags: Tags) -> Result<CloudId, ApiError> {
        check_ec2_tags(&tags)?;
        if of.as_str().starts_with("subnet-") {
            self.subnet(of)?;
        } else {
            self.vpc(of)?;
        }
        let exclusions = &self.world.network.block_public_access.exclusions;
        if exclusions.contains_key(of) {
            let message = format!("An exclusion for the resource {of} already exists.");
            return Err(ApiError::new(Code::ExclusionExists, message));
        }
        if exclusions.len() >= MOST_EXCLUSIONS {
            let message = "The maximum number of VPC Block Public Access exclusions has been reached.";
            return Err(ApiError::new(Code::ExclusionLimit, message));
        }
        self.world.network.block_public_access.exclusions.insert(of.clone(), mode);
        let id = self.exclusion_id(of);
        self.hidden.facts.made_at.insert(id.clone(), self.hidden.now);
        if !tags.is_empty() {
            self.hidden.facts.other_tags.insert(id.clone(), tags);
        }
        Ok(id)
    }

    /// `ModifyVpcBlockPublicAccessExclusion`.
    pub(crate) fn modify_exclusion(&mut self, id: &CloudId, mode: Exclusion) -> Result<(), ApiError> {
        let of = self.excluded(id)?;
        self.world.network.block_public_access.exclusions.insert(of, mode);
        Ok(())
    }

    /// `DeleteVpcBlockPublicAccessExclusion`: at once, where AWS still lists it for a while `[?]`.
    pub(crate) fn delete_exclusion(&mut self, id: &CloudId) -> Result<(), ApiError> {
        let of = self.excluded(id)?;
        self.end_exclusion(&of);
        Ok(())
    }

    /// What an exclusion is for.
    pub(crate) fn excluded(&self, id: &CloudId) -> Result<CloudId, ApiError> {
        let mut all = self.world.network.block_public_access.exclusions.keys();
        let found = all.find(|of| self.exclusion_id(of) == *id).cloned();
        found.ok_or_else(|| no_such(Code::ExclusionNotFound, "vpcBlockPublicAccessExclusion", id))
    }

    /// The id of a thing's exclusion: the World holds exclusions by what they are for.
    pub(crate) fn exclusion_id(&self, of: &CloudId) -> CloudId {
        self.derived_id("vpcbpa-exclude", &[of.as_str()])
    }

    /// An exclusion goes with what it is for.
    pub(crate) fn end_exclusion(&mut self, of: &CloudId) {
        let id = self.exclusion_id(of);
        self.world.network.block_public_access.exclusions.remove(of);
        self.hidden.facts.made_at.remove(&id);
        self.hidden.facts.other_tags.remove(&id);
    }
}
