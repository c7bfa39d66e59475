//! Rules of security groups: several at once, all or nothing.

use egress_core::{
    CloudId, Tags,
    world::{Direction, Peer, Protocol, Rule, SecurityGroup},
};

use super::{ApiError, Code, Model, quota::Quota, tags::check_ec2_tags};

/// A rule to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewRule {
    pub(crate) rule: Rule,
    pub(crate) description: Option<String>,
}

impl Model {
    /// `AuthorizeSecurityGroupEgress` and `AuthorizeSecurityGroupIngress`: answers with the rules' ids.
    pub(crate) fn authorize(
        &mut self,
        id: &CloudId,
        direction: Direction,
        new: Vec<NewRule>,
        tags: &Tags,
    ) -> Result<Vec<CloudId>, ApiError> {
        check_ec2_tags(tags)?;
        let mut rules = side(self.group(id)?, direction).to_vec();
        for NewRule { rule, .. } in &new {
            if rules.contains(rule) {
                let message = format!("the specified rule \"{}\" already exists", in_aws_words(rule));
                return Err(ApiError::new(Code::PermissionDuplicate, message));
            }
            match &rule.peer {
                Peer::Group(peer) => _ = self.group(peer)?,
                Peer::PrefixList(list) if self.prefix_list(list).is_none() => {
                    return Err(super::endpoints::no_such_list(list));
                }
                _ => {}
            }
            self.one_more(Quota::RulesPerGroup, rules.len())?;
            rules.push(rule.clone());
        }
        self.put_rules(id, direction, rules);
        let mut ids = Vec::new();
        for NewRule { rule, description } in new {
            let rule_id = self.rule_id(id, direction, &rule);
            let facts = &mut self.hidden.facts;
            if let Some(description) = description {
                facts.rule_descriptions.insert(rule_id.clone(), description);
            }
            if !tags.is_empty() {
                facts.other_tags.insert(rule_id.clone(), tags.clone());
            }
            ids.push(rule_id);
        }
        Ok(ids)
    }

    /// `RevokeSecurityGroupEgress` and `RevokeSecurityGroupIngress`: refused where the group lacks one of the rules.
    pub(crate) fn revoke_rules(
        &mut self,
        id: &CloudId,
        direction: Direction,
        gone: &[Rule],
    ) -> Result<Vec<CloudId>, ApiError> {
        let mut rules = side(self.group(id)?, direction).to_vec();
        for rule in gone {
            let Some(at) = rules.iter().position(|r| r == rule) else {
                let message = "The specified rule does not exist in this security group.";
                return Err(ApiError::new(Code::PermissionNotFound, message));
            };
            rules.remove(at);
        }
        self.put_rules(id, direction, rules);
        let ids: Vec<CloudId> = gone.iter().map(|rule| self.rule_id(id, direction, rule)).collect();
        for rule_id in &ids {
            self.hidden.facts.rule_descriptions.remove(rule_id);
            self.hidden.facts.other_tags.remove(rule_id);
        }
        Ok(ids)
    }

    /// Every rule of every group that calls see.
    pub(crate) fn rules(&self) -> impl Iterator<Item = (&SecurityGroup, Direction, &Rule)> {
        let both = [Direction::Ingress, Direction::Egress];
        let seen = self.world.network.groups.values().filter(|g| self.sees(&g.id) && self.sees(&g.network));
        seen.flat_map(move |g| both.into_iter().flat_map(move |d| side(g, d).iter().map(move |r| (g, d, r))))
    }

    /// The rule of this id in a group.
    pub(crate) fn rule_of(&self, group: &CloudId, direction: Direction, id: &CloudId) -> Result<&Rule, ApiError> {
        let mut rules = side(self.group(group)?, direction).iter();
        rules.find(|rule| self.rule_id(group, direction, rule) == *id).ok_or_else(|| {
            let message = format!("The security group rule ID '{id}' does not exist");
            ApiError::new(Code::RuleNotFound, message)
        })
    }

    fn put_rules(&mut self, id: &CloudId, direction: Direction, rules: Vec<Rule>) {
        let Some(group) = self.world.network.groups.get_mut(id) else { return };
        match direction {
            Direction::Ingress => group.ingress = rules,
            Direction::Egress => group.egress = rules,
        }
        self.settle_lists();
    }
}

fn side(group: &SecurityGroup, direction: Direction) -> &[Rule] {
    match direction {
        Direction::Ingress => &group.ingress,
        Direction::Egress => &group.egress,
    }
}

/// A rule as EC2 writes it: `peer: 0.0.0.0/0, TCP, from port: 443, to port: 443, ALLOW`
/// (terraform-aws-modules/terraform-aws-security-group issue 351, lucidsoftware/cumulus issue 101).
fn in_aws_words(rule: &Rule) -> String {
    let peer = match &rule.peer {
        Peer::Cidr(cidr) => cidr.to_string(),
        Peer::Group(id) | Peer::PrefixList(id) => id.to_string(),
    };
    let protocol = rule.protocol.to_string().to_uppercase();
    match rule.protocol {
        Protocol::Tcp | Protocol::Udp => {
            let (from, to) = rule.ports;
            format!("peer: {peer}, {protocol}, from port: {from}, to port: {to}, ALLOW")
        }
        _ => format!("peer: {peer}, {protocol}, ALLOW"),
    }
}
