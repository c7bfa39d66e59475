//! Every action of AWS's that this crate asks for: which commands need it, and what it can be limited to.
//!
//! [`ACTIONS`] is the one table of it. The operator's policy ([`operator_policy`](crate::policy::operator_policy)) is made from
//! it, and a test equates it with the calls that were recorded.

mod table;

pub use table::ACTIONS;

use std::fmt;

/// A command of the command line that calls AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// `egress plan`.
    Plan,
    /// `egress apply`.
    Apply,
    /// `egress status`.
    Status,
    /// `egress ips`.
    Ips,
    /// `egress attach`.
    Attach,
    /// `egress detach`.
    Detach,
    /// `egress verify`.
    Verify,
    /// `egress destroy`.
    Destroy,
    /// `egress graph`.
    Graph,
    /// `egress recover`.
    Recover,
    /// `egress unlock`.
    Unlock,
    /// What looks at a whole account: `egress trace`, `egress doctor`, `egress snapshot`, `egress ips --all`.
    Inspect,
}

impl Verb {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Plan,
        Self::Apply,
        Self::Status,
        Self::Ips,
        Self::Attach,
        Self::Detach,
        Self::Verify,
        Self::Destroy,
        Self::Graph,
        Self::Recover,
        Self::Unlock,
        Self::Inspect,
    ];

    /// As it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Apply => "apply",
            Self::Status => "status",
            Self::Ips => "ips",
            Self::Attach => "attach",
            Self::Detach => "detach",
            Self::Verify => "verify",
            Self::Destroy => "destroy",
            Self::Graph => "graph",
            Self::Recover => "recover",
            Self::Unlock => "unlock",
            Self::Inspect => "inspect",
        }
    }

    /// The command of this name; those that look at a whole account are one.
    pub fn of_name(name: &str) -> Option<Self> {
        if matches!(name, "trace" | "doctor" | "snapshot") {
            return Some(Self::Inspect);
        }
        Self::ALL.into_iter().find(|verb| verb.name() == name)
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What an action does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// A call that only reads.
    Read,
    /// A call that changes something.
    Write,
    /// No call of its own: a permission that AWS looks for while it answers another call.
    Permission,
}

/// An action, and who needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    /// As policies write it, e.g. `ec2:CreateVpc`.
    pub name: &'static str,
    /// What it does.
    pub access: Access,
    /// The commands whose whole journey of a stack with a function calls it.
    pub always: &'static [Verb],
    /// The commands that call it where something particular is there or is asked for.
    pub sometimes: &'static [Verb],
    /// What it is needed on. Each is a statement of its own: all of them together are needed.
    pub on: &'static [Limit],
}

impl Action {
    /// Whether a command may need it.
    pub fn is_for(&self, verb: Verb) -> bool {
        self.always.contains(&verb) || self.sometimes.contains(&verb)
    }
}

/// What an action can be limited to. Kinds of EC2's things are written as in their ARNs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// AWS cannot limit it, or it only reads what is there.
    Anything,
    /// Things of these kinds that are being made with the tag `egress:stack`.
    Made(&'static [&'static str]),
    /// Things of these kinds that carry the tag `egress:stack`.
    Tagged(&'static [&'static str]),
    /// Any things of these kinds: what is adopted has no tag of egress's.
    Of(&'static [&'static str]),
    /// Tags that EC2 sets while it makes something, by the calls that make egress's things.
    WhileMaking,
    /// Any function: those that are attached are the user's.
    Functions,
    /// Probes.
    Probes,
    /// Any role: those of attached functions are the user's.
    Roles,
    /// Egress's own roles.
    OwnRoles,
    /// Egress's own roles, handed to Lambda and to nobody else.
    OwnRolesToLambda,
    /// Any role, and the one policy of AWS's that lets functions into networks.
    RolesWithManagedPolicy,
    /// That policy.
    ManagedPolicy,
}

/// The action of a call as the SDK names it. Most are called as they are named.
pub(crate) fn action_of(service: &str, operation: &str) -> String {
    // Service Authorization Reference, "Actions, resources, and condition keys for AWS Lambda".
    let operation = if operation == "Invoke" { "InvokeFunction" } else { operation };
    // The same, "… for Amazon Resource Group Tagging API".
    let service = if service == "Resource Groups Tagging API" { "tag".to_owned() } else { service.to_lowercase() };
    format!("{service}:{operation}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_is_ordered_and_names_nothing_twice() {
        let names: Vec<&str> = ACTIONS.iter().map(|action| action.name).collect();
        let set: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(names, set.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn every_action_is_for_somebody_and_on_something() {
        for action in ACTIONS {
            assert!(Verb::ALL.iter().any(|verb| action.is_for(*verb)), "{action:?}");
            assert!(!action.on.is_empty(), "{action:?}");
            let twice = action.always.iter().find(|verb| action.sometimes.contains(verb));
            assert_eq!(twice, None, "{action:?}");
        }
    }

    #[test]
    fn what_only_reads_may_change_nothing() {
        for verb in [Verb::Plan, Verb::Status, Verb::Ips, Verb::Graph, Verb::Inspect] {
            let writes = ACTIONS.iter().find(|action| action.is_for(verb) && action.access == Access::Write);
            assert_eq!(writes, None, "{verb}");
        }
    }

    #[test]
    fn calls_have_the_names_that_policies_write() {
        assert_eq!(action_of("EC2", "CreateVpc"), "ec2:CreateVpc");
        assert_eq!(action_of("Lambda", "Invoke"), "lambda:InvokeFunction");
        assert_eq!(action_of("Resource Groups Tagging API", "GetResources"), "tag:GetResources");
    }

    #[test]
    fn a_verb_is_found_by_its_name() {
        for verb in Verb::ALL {
            assert_eq!(Verb::of_name(verb.name()), Some(verb));
        }
        assert_eq!(Verb::of_name("trace"), Some(Verb::Inspect));
        assert_eq!(Verb::of_name("release"), None);
    }
}
