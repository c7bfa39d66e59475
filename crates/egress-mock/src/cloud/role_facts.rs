//! What AWS knows of a role beyond the World: its names, its documents.
//!
//! The World stays the truth about what it knows (whether functions may assume the role, what lets it make interfaces): a role
//! that was changed behind everybody's back, or came from a file of an earlier version, gets documents that say what the World
//! says.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use egress_core::{
    CloudId,
    world::{Grant, Role},
};
use serde::{Deserialize, Serialize};

use super::{
    ApiError, Model, Wait,
    arns::last_part,
    ids::rng,
    managed::{MANAGED, VPC_ACCESS},
    policy::{
        Decision, INTERFACE_POLICY, MAKES_INTERFACES, Statement, TRUSTS_FUNCTIONS, TRUSTS_INSTANCES, decide,
        new_interface, read_policy, read_trust, trusts_functions,
    },
};

/// The policy in a role that is egress's own.
pub(crate) const OUR_INLINE_POLICY: &str = "egress-network-access";

/// The longest session of a role that says nothing else, in seconds [doc].
pub(crate) const DEFAULT_SESSION: u32 = 3_600;

/// What AWS knows of a role beyond the World.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RoleFacts {
    /// With both slashes.
    pub(crate) path: String,
    pub(crate) role_id: String,
    pub(crate) created: Duration,
    pub(crate) description: Option<String>,
    pub(crate) max_session_duration: u32,
    /// `AssumeRolePolicyDocument`, as it was given.
    pub(crate) trust: String,
    /// The policies in the role, by name, as they were given.
    pub(crate) inline: BTreeMap<String, String>,
    /// The ARNs of the policies that are attached to it.
    pub(crate) attached: BTreeSet<String>,
}

/// A policy of a role.
#[derive(Clone, Debug)]
pub(crate) struct RolePolicy {
    /// Its name or, of an attached one, the end of its ARN.
    pub(crate) name: String,
    /// What it is called in the World where it lets the role make interfaces.
    grant: Grant,
    pub(crate) statements: Vec<Statement>,
}

impl Model {
    /// What is known of a role; `None` where there is no such role.
    pub(crate) fn role_facts(&self, id: &CloudId) -> Option<RoleFacts> {
        let role = self.world.function.roles.get(id)?;
        let mut facts = self.hidden.roles.get(id).cloned().unwrap_or_else(|| RoleFacts {
            path: "/".to_owned(),
            role_id: role_id(self.config.seed, id.as_str(), "0"),
            created: Duration::ZERO,
            description: None,
            max_session_duration: DEFAULT_SESSION,
            trust: trust_document(role.trusts_functions).to_owned(),
            inline: BTreeMap::new(),
            attached: BTreeSet::new(),
        });
        self.reconcile(&mut facts, role);
        Some(facts)
    }

    /// Changes what is known of a role, and the World with it. What newly lets the role make interfaces counts only after IAM
    /// has propagated it; what does no longer, stops at once.
    pub(crate) fn change_role(&mut self, id: &CloudId, change: impl FnOnce(&mut RoleFacts)) {
        let Some(mut facts) = self.role_facts(id) else { return };
        change(&mut facts);
        let grants = self.grants(&facts);
        let trusts = read_trust(&facts.trust).is_ok_and(|trust| trusts_functions(&trust));
        self.hidden.roles.insert(id.clone(), facts);
        let Some(role) = self.world.function.roles.get_mut(id) else { return };
        role.trusts_functions = trusts;
        let had = std::mem::replace(&mut role.grants, grants.clone());
        for grant in had.difference(&grants) {
            self.hidden.grant_usable_from.remove(&grant_subject(id, grant));
        }
        for grant in grants.difference(&had) {
            let subject = grant_subject(id, grant);
            let from = self.propagated(Wait::GrantUsable, &subject);
            self.hidden.grant_usable_from.insert(subject, from);
        }
    }

    /// The policies in a role and those attached to it.
    pub(crate) fn role_policies(&self, facts: &RoleFacts) -> Vec<RolePolicy> {
        let ours = self.managed_policy_arn(VPC_ACCESS.path, VPC_ACCESS.name);
        let attached = facts.attached.iter().map(|arn| RolePolicy {
            name: last_part(arn).to_owned(),
            grant: if *arn == ours { Grant::Managed } else { Grant::Other(last_part(arn).to_owned()) },
            // Of a policy of the account's own, all that is known is what it was put into the World for.
            statements: match self.managed_policy(arn) {
                Some(policy) => policy.statements(),
                None => Statement::allow(&[MAKES_INTERFACES], &[]),
            },
        });
        let inline = facts.inline.iter().map(|(name, document)| RolePolicy {
            name: name.clone(),
            grant: if name == OUR_INLINE_POLICY { Grant::Inline } else { Grant::Other(name.clone()) },
            statements: read_policy(document).unwrap_or_default(),
        });
        attached.chain(inline).collect()
    }

    /// The ARN of the policy that the World calls by this name: one that is attached, or would be, to a role.
    pub(crate) fn grant_arn(&self, grant: &Grant) -> String {
        let policy = match grant {
            Grant::Other(name) => MANAGED.iter().find(|policy| policy.name == name),
            Grant::Managed | Grant::Inline => Some(VPC_ACCESS),
        };
        match (policy, grant) {
            (None, Grant::Other(name)) => self.iam_arn(&format!("policy/{name}")),
            (policy, _) => {
                let policy = policy.unwrap_or(VPC_ACCESS);
                self.managed_policy_arn(policy.path, policy.name)
            }
        }
    }

    /// A new `RoleId`.
    pub(crate) fn new_role_id(&mut self, name: &str) -> String {
        let nth = self.nth(&format!("role-id/{name}"));
        role_id(self.config.seed, name, &nth)
    }

    /// What lets a role make interfaces: nothing where any policy denies it.
    fn grants(&self, facts: &RoleFacts) -> BTreeSet<Grant> {
        let place = &self.config.place;
        let interface = new_interface(&self.arn(), &place.region, &place.account);
        let policies = self.role_policies(facts);
        let all = policies.iter().flat_map(|policy| &policy.statements);
        if decide(all, MAKES_INTERFACES, &interface) != Decision::Allowed {
            return BTreeSet::new();
        }
        let allows = |p: &RolePolicy| decide(&p.statements, MAKES_INTERFACES, &interface) == Decision::Allowed;
        policies.into_iter().filter(allows).map(|policy| policy.grant).collect()
    }

    /// Lets the documents say what the World says.
    fn reconcile(&self, facts: &mut RoleFacts, role: &Role) {
        let trust: Result<_, ApiError> = read_trust(&facts.trust);
        if trust.is_ok_and(|trust| trusts_functions(&trust)) != role.trusts_functions {
            facts.trust = trust_document(role.trusts_functions).to_owned();
        }
        let shown = self.grants(facts);
        for grant in shown.difference(&role.grants) {
            match grant {
                Grant::Managed => {
                    facts.attached.remove(&self.grant_arn(grant));
                }
                Grant::Inline => {
                    facts.inline.remove(OUR_INLINE_POLICY);
                }
                Grant::Other(name) => {
                    facts.attached.retain(|arn| last_part(arn) != name);
                    facts.inline.remove(name);
                }
            }
        }
        for grant in role.grants.difference(&shown) {
            match grant {
                Grant::Inline => {
                    facts.inline.insert(OUR_INLINE_POLICY.to_owned(), INTERFACE_POLICY.to_owned());
                }
                Grant::Managed | Grant::Other(_) => {
                    facts.attached.insert(self.grant_arn(grant));
                }
            }
        }
    }
}

/// By what a permission is known while it does not count yet.
pub(crate) fn grant_subject(role: &CloudId, grant: &Grant) -> String {
    match grant {
        Grant::Managed => format!("{role}/managed"),
        Grant::Inline => format!("{role}/inline"),
        Grant::Other(name) => format!("{role}/other/{name}"),
    }
}

fn trust_document(trusts_functions: bool) -> &'static str {
    if trusts_functions { TRUSTS_FUNCTIONS } else { TRUSTS_INSTANCES }
}

/// `AROA` and 17 more letters and digits, as IAM's unique ids are (IAM user guide, "Unique identifiers").
fn role_id(seed: u64, name: &str, nth: &str) -> String {
    iam_id("AROA", seed, name, nth)
}

/// An id of IAM's: four letters for what it is of, and 17 more letters and digits.
pub(crate) fn iam_id(prefix: &str, seed: u64, name: &str, nth: &str) -> String {
    const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut rng = rng(seed, &["iam-id", prefix, name, nth]);
    let rest = (0..17).map(|_| char::from(DIGITS[rng.usize(..DIGITS.len())]));
    prefix.chars().chain(rest).collect()
}
