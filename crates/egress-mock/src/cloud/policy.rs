//! Policy documents: how they are read, and what they allow.

use serde_json::Value;

use super::{ApiError, Code};

/// What Lambda wants a role to be allowed before it puts a function into a network.
pub(crate) const MAKES_INTERFACES: &str = "ec2:CreateNetworkInterface";

/// A policy that is written by hand and lets a role make interfaces (Lambda developer guide, "Giving Lambda functions access
/// to resources in an Amazon VPC").
pub(crate) const INTERFACE_POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ec2:CreateNetworkInterface","ec2:DescribeNetworkInterfaces","ec2:DeleteNetworkInterface"],"Resource":"*"}]}"#;

/// A trust policy that lets functions assume the role.
pub(crate) const TRUSTS_FUNCTIONS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// A trust policy that lets other things assume the role.
pub(crate) const TRUSTS_INSTANCES: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// The functions' service. It has this name in China too: `lambda.amazonaws.com.cn` is no principal there (aws/aws-cdk issue
/// 2198).
const FUNCTIONS: &str = "lambda.amazonaws.com";
const FUNCTIONS_IN_VAIN: &str = "lambda.amazonaws.com.cn";

/// What a policy says of an action on a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Allowed,
    ExplicitDeny,
    ImplicitDeny,
}

impl Decision {
    /// As `SimulatePrincipalPolicy` spells it [doc].
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ExplicitDeny => "explicitDeny",
            Self::ImplicitDeny => "implicitDeny",
        }
    }
}

/// One statement of a policy.
///
/// Conditions are not weighed, for nothing here knows a request's context `[?]`: an *Allow* under a condition allows, a *Deny*
/// under one does not deny. So the deny under `lambda:SourceFunctionArn`, which AWS suggests against a function's own code,
/// keeps Lambda from nothing, as at AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    effect: Effect,
    actions: Patterns,
    resources: Patterns,
    /// The services that are named as principals; `*` for everybody.
    services: Vec<String>,
    /// The accounts, users and roles that are.
    accounts: Vec<String>,
    conditional: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

/// What an element and its opposite (`Action`, `NotAction`) name.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Patterns {
    Any(Vec<String>),
    AnyBut(Vec<String>),
}

impl Statement {
    /// Allows these actions, but for those, on everything.
    pub(crate) fn allow(actions: &[&str], except: &[&str]) -> Vec<Self> {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let of = |actions| Self {
            effect: Effect::Allow,
            actions,
            resources: Patterns::Any(vec!["*".to_owned()]),
            services: Vec::new(),
            accounts: Vec::new(),
            conditional: false,
        };
        match except {
            [] => vec![of(Patterns::Any(owned(actions)))],
            _ => vec![of(Patterns::AnyBut(owned(except))), of(Patterns::Any(owned(actions)))],
        }
    }

    fn denies(&self) -> bool {
        self.effect == Effect::Deny && !self.conditional
    }

    fn concerns(&self, action: &str, resource: &str) -> bool {
        self.actions.name(action, fits_action) && self.resources.name(resource, fits)
    }
}

impl Patterns {
    fn name(&self, text: &str, fits: fn(&str, &str) -> bool) -> bool {
        match self {
            Self::Any(patterns) => patterns.iter().any(|pattern| fits(pattern, text)),
            Self::AnyBut(patterns) => !patterns.iter().any(|pattern| fits(pattern, text)),
        }
    }
}

/// What statements together say (IAM user guide, "Policy evaluation logic"): a deny outdoes every allow.
pub(crate) fn decide<'a>(
    statements: impl IntoIterator<Item = &'a Statement>,
    action: &str,
    resource: &str,
) -> Decision {
    let mut decision = Decision::ImplicitDeny;
    for statement in statements.into_iter().filter(|s| s.concerns(action, resource)) {
        match statement.effect {
            Effect::Allow => decision = Decision::Allowed,
            Effect::Deny if statement.denies() => return Decision::ExplicitDeny,
            Effect::Deny => {}
        }
    }
    decision
}

/// Whether a trust policy lets the functions' service assume its role.
pub(crate) fn trusts_functions(trust: &[Statement]) -> bool {
    let by_functions = |s: &&Statement| {
        s.actions.name("sts:AssumeRole", fits_action) && s.services.iter().any(|p| p == "*" || p == FUNCTIONS)
    };
    let of_functions: Vec<&Statement> = trust.iter().filter(by_functions).collect();
    of_functions.iter().any(|s| s.effect == Effect::Allow) && !of_functions.iter().any(|s| s.denies())
}

/// Whether a trust policy lets somebody of this account, with this ARN, assume its role.
pub(crate) fn trusts(trust: &[Statement], account: &str, arn: &str) -> bool {
    let root = format!(":iam::{account}:root");
    let means = |p: &String| p == "*" || p == account || p == arn || (p.starts_with("arn:") && p.ends_with(&root));
    let by_them = |s: &&Statement| s.actions.name("sts:AssumeRole", fits_action) && s.accounts.iter().any(means);
    let of_them: Vec<&Statement> = trust.iter().filter(by_them).collect();
    of_them.iter().any(|s| s.effect == Effect::Allow) && !of_them.iter().any(|s| s.denies())
}

/// Reads a policy of a role: which actions on which resources.
///
/// Sources of the sentences: localstack/localstack's answers recorded from AWS, `tests/aws/services/iam` (invalid Json);
/// those about what a statement must contain are from memory of IAM's validation `[?]`.
pub(crate) fn read_policy(document: &str) -> Result<Vec<Statement>, ApiError> {
    let statements = read(document)?;
    for (statement, value) in &statements {
        if value.get("Principal").is_some() || value.get("NotPrincipal").is_some() {
            return Err(malformed("Policy document should not specify a principal."));
        }
        if statement.actions == Patterns::Any(Vec::new()) {
            return Err(malformed("Policy statement must contain actions."));
        }
        if statement.resources == Patterns::Any(Vec::new()) {
            return Err(malformed("Policy statement must contain resources."));
        }
    }
    Ok(statements.into_iter().map(|(statement, _)| statement).collect())
}

/// Reads a trust policy: who may assume the role.
///
/// Sources of the sentences: kubernetes-sigs/external-dns issue 3085 (prohibited field), aws/aws-cdk issue 2198 (invalid
/// principal); that about other actions is from memory `[?]`.
pub(crate) fn read_trust(document: &str) -> Result<Vec<Statement>, ApiError> {
    let statements = read(document)?;
    for (statement, value) in &statements {
        if let Some(field) = ["Resource", "NotResource"].into_iter().find(|field| value.get(field).is_some()) {
            return Err(malformed(format!("Has prohibited field {field}")));
        }
        if let Some(service) = statement.services.iter().find(|s| *s == FUNCTIONS_IN_VAIN) {
            return Err(malformed(format!("Invalid principal in policy: \"SERVICE\":\"{service}\"")));
        }
        let of_sts = |action: &String| action == "*" || action.to_ascii_lowercase().starts_with("sts:");
        match &statement.actions {
            Patterns::Any(actions) if actions.is_empty() => {
                return Err(malformed("Policy statement must contain actions."));
            }
            Patterns::Any(actions) if actions.iter().all(of_sts) => {}
            _ => return Err(malformed("AssumeRole policy may only specify STS AssumeRole actions.")),
        }
    }
    Ok(statements.into_iter().map(|(statement, _)| statement).collect())
}

/// The ARN that stands for an interface that is yet to be made.
pub(crate) fn new_interface(arn: &str, region: &str, account: &str) -> String {
    format!("{arn}:ec2:{region}:{account}:network-interface/eni-new")
}

fn read(document: &str) -> Result<Vec<(Statement, Value)>, ApiError> {
    let value: Value = serde_json::from_str(document).map_err(|_| malformed("This policy contains invalid Json"))?;
    let statements = match value.get("Statement") {
        Some(Value::Array(statements)) => statements.clone(),
        Some(one @ Value::Object(_)) => vec![one.clone()],
        _ => return Err(malformed("Syntax errors in policy.")),
    };
    statements.into_iter().map(|value| Ok((statement(&value)?, value))).collect()
}

fn statement(value: &Value) -> Result<Statement, ApiError> {
    let effect = match value.get("Effect").and_then(Value::as_str) {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        _ => return Err(malformed("Syntax errors in policy.")),
    };
    Ok(Statement {
        effect,
        actions: patterns(value, "Action", "NotAction")?,
        resources: patterns(value, "Resource", "NotResource")?,
        services: principals(value.get("Principal"), "Service")?,
        accounts: principals(value.get("Principal"), "AWS")?,
        conditional: value.get("Condition").is_some_and(|c| c.as_object().is_none_or(|c| !c.is_empty())),
    })
}

fn patterns(value: &Value, element: &str, opposite: &str) -> Result<Patterns, ApiError> {
    match (value.get(element), value.get(opposite)) {
        (Some(_), Some(_)) => Err(malformed("Syntax errors in policy.")),
        (None, Some(named)) => Ok(Patterns::AnyBut(texts(named)?)),
        (Some(named), None) => Ok(Patterns::Any(texts(named)?)),
        (None, None) => Ok(Patterns::Any(Vec::new())),
    }
}

fn principals(principal: Option<&Value>, kind: &str) -> Result<Vec<String>, ApiError> {
    match principal {
        None => Ok(Vec::new()),
        Some(Value::String(everybody)) if everybody == "*" => Ok(vec![everybody.clone()]),
        Some(Value::Object(by_kind)) => by_kind.get(kind).map_or_else(|| Ok(Vec::new()), texts),
        Some(_) => Err(malformed("Syntax errors in policy.")),
    }
}

/// One text, or a list of texts.
fn texts(value: &Value) -> Result<Vec<String>, ApiError> {
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
    let texts = match value {
        Value::Array(values) => values.iter().map(text).collect(),
        one => text(one).map(|text| vec![text]),
    };
    texts.ok_or_else(|| malformed("Syntax errors in policy."))
}

fn malformed(message: impl Into<String>) -> ApiError {
    ApiError::new(Code::MalformedPolicyDocument, message)
}

/// Actions are compared without regard to case [doc].
fn fits_action(pattern: &str, action: &str) -> bool {
    fits(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
}

/// Whether a pattern with `*` and `?` fits a whole text. Linear but for the last star, so no pattern takes long.
fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p, t));
                p += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((star, at)) = retry else { return false };
                retry = Some((star, at + 1));
                p = star + 1;
                t = at + 1;
            }
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns_fit_whole_texts() {
        let cases = [
            ("*", "", true),
            ("ec2:*", "ec2:CreateNetworkInterface", true),
            ("ec2:Create*Interface", "ec2:CreateNetworkInterface", true),
            ("ec2:Create*Interfaces", "ec2:CreateNetworkInterface", false),
            ("e?2:*", "ec2:X", true),
            ("ec2:", "ec2:X", false),
            ("*a*b", "xxaxxbxb", true),
            ("a", "", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }

    fn statements(statement: &str) -> Result<Vec<Statement>, String> {
        read_policy(&format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#)).map_err(|e| e.message)
    }

    #[test]
    fn a_policy_decides() {
        let decided = |statement: &str| decide(&statements(statement).unwrap(), MAKES_INTERFACES, "arn:aws:ec2:r:a:x");
        let cases = [
            (r#"{"Effect":"Allow","Action":"EC2:createNETWORKinterface","Resource":"*"}"#, Decision::Allowed),
            (r#"{"Effect":"Allow","Action":["s3:*","ec2:*"],"Resource":["arn:aws:ec2:*"]}"#, Decision::Allowed),
            (r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#, Decision::Allowed),
            (r#"{"Effect":"Allow","Action":"*","NotResource":"arn:aws:ec2:*"}"#, Decision::ImplicitDeny),
            (r#"{"Effect":"Allow","Action":"ec2:Describe*","Resource":"*"}"#, Decision::ImplicitDeny),
            (
                r#"[{"Effect":"Deny","Action":"ec2:*","Resource":"*"},{"Effect":"Allow","Action":"*","Resource":"*"}]"#,
                Decision::ExplicitDeny,
            ),
            (
                r#"[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"ec2:*","Resource":"*","Condition":{"ArnEquals":{"lambda:SourceFunctionArn":"x"}}}]"#,
                Decision::Allowed,
            ),
        ];
        for (statement, expected) in cases {
            assert_eq!(decided(statement), expected, "{statement}");
        }
    }

    #[test]
    fn a_trust_policy_names_the_functions_service() {
        let trusts = |statement: &str| {
            let document = format!(r#"{{"Statement":{statement}}}"#);
            read_trust(&document).map(|trust| trusts_functions(&trust)).map_err(|e| e.message)
        };
        let with = |principal: &str| {
            trusts(&format!(r#"{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}"#))
        };
        assert_eq!(with(r#"{"Service":"lambda.amazonaws.com"}"#), Ok(true));
        assert_eq!(with(r#"{"Service":["ec2.amazonaws.com","lambda.amazonaws.com"]}"#), Ok(true));
        assert_eq!(with(r#"{"Service":"ec2.amazonaws.com"}"#), Ok(false));
        assert_eq!(with(r#"{"AWS":"123456789012"}"#), Ok(false));
        let in_vain = "Invalid principal in policy: \"SERVICE\":\"lambda.amazonaws.com.cn\"";
        assert_eq!(with(r#"{"Service":"lambda.amazonaws.com.cn"}"#), Err(in_vain.to_owned()));
        let denied = r#"[{"Effect":"Allow","Principal":"*","Action":"sts:*"},{"Effect":"Deny","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]"#;
        assert_eq!(trusts(denied), Ok(false));
        let with_resource = r#"{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}"#;
        assert_eq!(trusts(with_resource), Err("Has prohibited field Resource".to_owned()));
        assert_eq!(read_trust(TRUSTS_FUNCTIONS).map(|t| trusts_functions(&t)), Ok(true));
        assert_eq!(read_trust(TRUSTS_INSTANCES).map(|t| trusts_functions(&t)), Ok(false));
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        let cases = [
            ("nonsense", "This policy contains invalid Json"),
            ("{}", "Syntax errors in policy."),
            (r#"{"Statement":{"Effect":"Maybe"}}"#, "Syntax errors in policy."),
            (r#"{"Statement":{"Effect":"Allow","Resource":"*"}}"#, "Policy statement must contain actions."),
            (r#"{"Statement":{"Effect":"Allow","Action":"*"}}"#, "Policy statement must contain resources."),
            (
                r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}}"#,
                "Policy document should not specify a principal.",
            ),
        ];
        for (document, message) in cases {
            let error = ApiError::new(Code::MalformedPolicyDocument, message);
            assert_eq!(read_policy(document), Err(error), "{document}");
        }
        assert_eq!(decide(&read_policy(INTERFACE_POLICY).unwrap(), MAKES_INTERFACES, "x"), Decision::Allowed);
    }

    proptest! {
        #[test]
        fn a_star_in_the_place_of_anything_still_fits(text in "[a-c]{0,8}", from in 0_usize..9, to in 0_usize..9) {
            let (from, to) = (from.min(text.len()), to.min(text.len()));
            let (from, to) = (from.min(to), from.max(to));
            let pattern = format!("{}*{}", &text[..from], &text[to..]);
            prop_assert!(fits(&pattern, &text));
        }
    }
}
