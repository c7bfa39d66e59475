//! Policies as IAM reads them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Document {
    version: &'static str,
    statement: Vec<Statement>,
}

/// One statement of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Statement {
    /// Letters and digits.
    pub(crate) sid: String,
    pub(crate) effect: Effect,
    pub(crate) action: Vec<&'static str>,
    pub(crate) resource: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) condition: Conditions,
}

/// Operator, key, values.
pub(crate) type Conditions = BTreeMap<&'static str, BTreeMap<String, Vec<String>>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

impl Document {
    pub(crate) fn new(statement: Vec<Statement>) -> Self {
        Self { version: "2012-10-17", statement }
    }

    pub(crate) fn value(&self) -> Value {
        // Texts, lists and maps with texts for keys always have a JSON form.
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// What lets a role make network interfaces: these actions on everything, because interfaces have no names before they are
/// made.
pub(crate) fn network_access(actions: &[&'static str]) -> Value {
    Document::new(vec![Statement {
        sid: "EgressNetworkAccess".to_owned(),
        effect: Effect::Allow,
        action: actions.to_vec(),
        resource: vec!["*".to_owned()],
        condition: Conditions::new(),
    }])
    .value()
}

/// One condition.
pub(crate) fn condition(operator: &'static str, key: impl Into<String>, values: Vec<String>) -> Conditions {
    Conditions::from([(operator, BTreeMap::from([(key.into(), values)]))])
}
