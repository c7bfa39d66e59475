//! Network ACLs: made, filled, put on subnets.

use std::collections::BTreeSet;

use egress_core::{
    CloudId, Tags,
    world::{Acl, AclEntry, Direction, Protocol},
};
use ipnet::{IpNet, Ipv4Net};

use super::{
    ApiError, Code, Model,
    error::{has_dependencies, invalid, no_such},
    model::human_name,
    quota::Quota,
    tags::check_ec2_tags,
};

/// The number of the entry that every ACL ends with.
const LAST: u16 = 32_767;

/// The arguments of `CreateNetworkAcl`.
#[derive(Clone, Debug)]
pub(crate) struct CreateAcl {
    pub(crate) vpc_id: CloudId,
    pub(crate) client_token: Option<String>,
    pub(crate) tags: Tags,
}

impl Model {
    /// `CreateNetworkAcl`: a new one lets nothing through. Idempotent by its client token.
    pub(crate) fn create_acl(&mut self, args: CreateAcl) -> Result<CloudId, ApiError> {
        let parameters = format!("{} {:?}", args.vpc_id, args.tags);
        let token = args.client_token.clone();
        self.once("CreateNetworkAcl", token.as_deref(), parameters, |model| {
            check_ec2_tags(&args.tags)?;
            model.vpc(&args.vpc_id)?;
            let others = model.world.network.acls.values().filter(|a| a.network == args.vpc_id).count();
            model.one_more(Quota::AclsPerVpc, others)?;
            let name = human_name(&args.tags).to_owned();
            let id = model.new_id("acl", &name);
            let last = |direction| AclEntry {
                number: LAST,
                direction,
                protocol: Protocol::All,
                ports: (0, u16::MAX),
                cidr: IpNet::V4(Ipv4Net::default()),
                allow: false,
            };
            let acl = Acl {
                id: id.clone(),
                network: args.vpc_id,
                is_default: false,
                subnets: BTreeSet::new(),
                entries: vec![last(Direction::Egress), last(Direction::Ingress)],
                tags: args.tags,
            };
            model.world.network.acls.insert(id.clone(), acl);
            model.hide(&id, &name);
            Ok(id)
        })
    }

    /// `DeleteNetworkAcl`: refused for a default one, and while a subnet has it.
    pub(crate) fn delete_acl(&mut self, id: &CloudId) -> Result<(), ApiError> {
        let acl = self.acl(id)?;
        if acl.is_default {
            // The code is AWS's as Terraform's provider knows it; the sentence is from memory [?].
            return Err(invalid(format!("cannot delete default network ACL {id}")));
        }
        if !acl.subnets.is_empty() {
            return Err(has_dependencies("networkAcl", id));
        }
        self.world.network.acls.remove(id);
        Ok(())
    }

    /// `CreateNetworkAclEntry`: refused where the number is taken in that direction.
    pub(crate) fn create_acl_entry(&mut self, id: &CloudId, entry: AclEntry) -> Result<(), ApiError> {
        let acl = self.acl(id)?;
        check_number(entry.number)?;
        if find(acl, entry.number, entry.direction).is_some() {
            // Recorded by many deployments.
            let message = format!("The network acl entry identified by {} already exists.", entry.number);
            return Err(ApiError::new(Code::AclEntryExists, message));
        }
        let others = acl.entries.iter().filter(|e| e.direction == entry.direction && e.number != LAST).count();
        self.one_more(Quota::EntriesPerAcl, others)?;
        self.put_entry(id, entry);
        Ok(())
    }

    /// `ReplaceNetworkAclEntry`: refused where there is none of that number.
    pub(crate) fn replace_acl_entry(&mut self, id: &CloudId, entry: AclEntry) -> Result<(), ApiError> {
        let acl = self.acl(id)?;
        check_number(entry.number)?;
        find(acl, entry.number, entry.direction).ok_or_else(|| no_such_entry(entry.number))?;
        self.put_entry(id, entry);
        Ok(())
    }

    /// `DeleteNetworkAclEntry`.
    pub(crate) fn delete_acl_entry(&mut self, id: &CloudId, number: u16, direction: Direction) -> Result<(), ApiError> {
        let acl = self.acl(id)?;
        check_number(number)?;
        find(acl, number, direction).ok_or_else(|| no_such_entry(number))?;
        if let Some(acl) = self.world.network.acls.get_mut(id) {
            acl.entries.retain(|e| (e.number, e.direction) != (number, direction));
        }
        Ok(())
    }

    /// `ReplaceNetworkAclAssociation`: the subnet gets another ACL; answers with the new association's id.
    pub(crate) fn replace_acl_association(
        &mut self,
        association: &CloudId,
        acl: &CloudId,
    ) -> Result<CloudId, ApiError> {
        let network = self.acl(acl)?.network.clone();
        let links = self.world.network.acls.values().flat_map(|a| a.subnets.iter().map(move |subnet| (a, subnet)));
        let found =
            links.filter(|(a, _)| self.sees(&a.id)).find(|(a, s)| self.acl_association(&a.id, s) == *association);
        let Some((from, subnet)) = found else {
            return Err(no_such(Code::InvalidAssociationNotFound, "association", association));
        };
        if from.network != network {
            return Err(invalid(format!("network acl {acl} and subnet {subnet} belong to different networks")));
        }
        let (from, subnet) = (from.id.clone(), subnet.clone());
        let acls = &mut self.world.network.acls;
        if let Some(from) = acls.get_mut(&from) {
            from.subnets.remove(&subnet);
        }
        if let Some(to) = acls.get_mut(acl) {
            to.subnets.insert(subnet.clone());
        }
        Ok(self.acl_association(acl, &subnet))
    }

    /// The ACL, if calls see it.
    pub(crate) fn acl(&self, id: &CloudId) -> Result<&Acl, ApiError> {
        let found = self.world.network.acls.get(id).filter(|_| self.sees(id));
        found.ok_or_else(|| no_such(Code::AclNotFound, "networkAcl", id))
    }

    /// The id of the link between an ACL and a subnet.
    pub(crate) fn acl_association(&self, acl: &CloudId, subnet: &CloudId) -> CloudId {
        self.derived_id("aclassoc", &[acl.as_str(), subnet.as_str()])
    }

    fn put_entry(&mut self, id: &CloudId, entry: AclEntry) {
        let Some(acl) = self.world.network.acls.get_mut(id) else { return };
        acl.entries.retain(|e| (e.number, e.direction) != (entry.number, entry.direction));
        acl.entries.push(entry);
        // As EC2 lists them.
        acl.entries.sort_by_key(|e| (e.direction == Direction::Ingress, e.number));
    }
}

fn find(acl: &Acl, number: u16, direction: Direction) -> Option<&AclEntry> {
    acl.entries.iter().find(|e| (e.number, e.direction) == (number, direction))
}

fn no_such_entry(number: u16) -> ApiError {
    let message = format!("The network acl entry identified by {number} does not exist");
    ApiError::new(Code::AclEntryNotFound, message)
}

/// "Positive integer from 1 to 32766. The range 32767 to 65535 is reserved for internal use." [doc] The sentence is from
/// memory `[?]`.
fn check_number(number: u16) -> Result<(), ApiError> {
    if (1..LAST).contains(&number) {
        return Ok(());
    }
    Err(invalid(format!("Value ({number}) for parameter ruleNumber is invalid. The rule number must be 1-32766.")))
}
