//! Policy documents: whom a role trusts, and what it may do.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::text::{Flaw, Read};

/// The name under which Lambda assumes roles, in every partition.
const LAMBDA: &str = "lambda.amazonaws.com";

const ASSUME: &str = "sts:AssumeRole";

/// The least that Lambda wants of a role before it puts a function into a network.
///
/// Source: Lambda developer guide, "Giving Lambda functions access to resources in an Amazon VPC".
pub(crate) const LEAST: [&str; 3] =
    ["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"];

/// A document, which the AWS CLI prints decoded, and other tools as IAM hands it out: encoded for a URL.
pub(crate) fn document(told: &Value) -> Read<Value> {
    match told {
        Value::Object(_) => Ok(told.clone()),
        Value::String(text) => {
            let text = percent_decode_str(text).decode_utf8().map_err(|_| Flaw::new("a policy is no text"))?;
            serde_json::from_str(&text).map_err(|why| Flaw::new(format!("a policy cannot be read: {why}")))
        }
        _ => Err(Flaw::new("a policy is no document")),
    }
}

/// Whether a trust document lets Lambda assume its role. What a condition in it says is not weighed: Lambda itself answers in
/// the end.
pub(crate) fn trusts_lambda(document: &Value) -> bool {
    let is_about_lambda = |statement: &&Value| {
        let services = match statement.get("Principal") {
            Some(Value::String(everyone)) => vec![everyone.as_str()],
            Some(by_kind) => texts(by_kind.get("Service")),
            None => Vec::new(),
        };
        let names_it = services.iter().any(|service| *service == LAMBDA || *service == "*");
        names_it && texts(statement.get("Action")).iter().any(|pattern| matches(pattern, ASSUME))
    };
    let about: Vec<&Value> = statements(document).into_iter().filter(is_about_lambda).collect();
    about.iter().any(|statement| has_effect(statement, "Allow")) && !about.iter().any(|s| has_effect(s, "Deny"))
}

/// Whether a document allows an action on everything, whatever the circumstances.
pub(crate) fn allows(document: &Value, action: &str) -> bool {
    statements(document).into_iter().any(|statement| {
        has_effect(statement, "Allow")
            && statement.get("Condition").is_none()
            && texts(statement.get("Resource")).contains(&"*")
            && is_about(statement, action)
    })
}

/// Whether a document may deny an action.
pub(crate) fn denies(document: &Value, action: &str) -> bool {
    statements(document).into_iter().any(|statement| has_effect(statement, "Deny") && is_about(statement, action))
}

fn is_about(statement: &Value, action: &str) -> bool {
    let any = |patterns: &Value| texts(Some(patterns)).iter().any(|pattern| matches(pattern, action));
    match (statement.get("Action"), statement.get("NotAction")) {
        (Some(actions), _) => any(actions),
        (None, Some(others)) => !any(others),
        (None, None) => false,
    }
}

fn has_effect(statement: &Value, effect: &str) -> bool {
    statement.get("Effect").and_then(Value::as_str) == Some(effect)
}

fn statements(document: &Value) -> Vec<&Value> {
    match document.get("Statement") {
        Some(Value::Array(several)) => several.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    }
}

/// What policies write as one text where there is one, and as a list otherwise.
fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Whether a pattern with `*` and `?` fits a text, whatever the case.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase().into_bytes(), text.to_ascii_lowercase().into_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match (pattern.get(p), text.get(t)) {
            (Some(b'*'), _) => {
                star = Some((p, t));
                p += 1;
            }
            (Some(b'?'), _) => (p, t) = (p + 1, t + 1),
            (Some(a), Some(b)) if a == b => (p, t) = (p + 1, t + 1),
            _ => match star {
                // The last star takes one more.
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    (p, t) = (at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|b| *b == b'*'))
}

/// A document that lets Lambda, and nobody else, assume a role; or nobody.
pub(crate) fn trust(of_lambda: bool) -> Value {
    let statement = json!({"Effect": "Allow", "Principal": {"Service": LAMBDA}, "Action": ASSUME});
    json!({"Version": "2012-10-17", "Statement": if of_lambda { vec![statement] } else { Vec::new() }})
}

/// A document that allows what a function in a network needs.
pub(crate) fn network_access() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": LEAST, "Resource": "*"}]})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambda_is_trusted_however_the_document_is_written() {
        let allow =
            |principal: Value, action: Value| json!({"Effect": "Allow", "Principal": principal, "Action": action});
        let service = json!({"Service": LAMBDA});
        let deny = json!({"Effect": "Deny", "Principal": "*", "Action": ASSUME});
        let cases = [
            (allow(service.clone(), json!(ASSUME)), true),
            (
                json!([allow(json!({"Service": ["ec2.amazonaws.com", LAMBDA]}), json!(["sts:TagSession", ASSUME]))]),
                true,
            ),
            (json!([allow(service.clone(), json!("sts:*"))]), true),
            (allow(json!("*"), json!(ASSUME)), true),
            (allow(json!({"Service": "ec2.amazonaws.com"}), json!(ASSUME)), false),
            (allow(json!({"AWS": "*"}), json!(ASSUME)), false),
            (allow(service.clone(), json!("sts:TagSession")), false),
            (json!([allow(service, json!(ASSUME)), deny]), false),
            (json!([]), false),
            (json!(7), false),
        ];
        for (statement, expected) in cases {
            assert_eq!(trusts_lambda(&json!({"Statement": statement})), expected, "{statement}");
        }
        assert!(trusts_lambda(&trust(true)) && !trusts_lambda(&trust(false)));
    }

    #[test]
    fn an_action_is_allowed_by_patterns_on_everything_and_without_conditions() {
        let of = |statement: Value| json!({"Statement": [statement]});
        let action = LEAST[0];
        for (actions, expected) in
            [("*", true), ("ec2:*", true), ("EC2:Create*Interface", true), ("ec2:Describe*", false), ("", false)]
        {
            let document = of(json!({"Effect": "Allow", "Action": actions, "Resource": "*"}));
            assert_eq!(allows(&document, action), expected, "{actions}");
        }
        assert!(allows(&of(json!({"Effect": "Allow", "NotAction": ["iam:*"], "Resource": ["*"]})), action));
        assert!(!allows(&of(json!({"Effect": "Allow", "Action": "*", "Resource": "arn:aws:ec2:::x"})), action));
        assert!(!allows(&of(json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {}})), action));
        assert!(denies(&of(json!({"Effect": "Deny", "Action": "ec2:CreateNetwork?nterface"})), action));
        assert!(LEAST.iter().all(|action| allows(&network_access(), action)));
    }

    #[test]
    fn a_document_is_read_decoded_and_encoded() {
        let plain = json!({"Statement": []});
        for told in [plain.clone(), json!("{\"Statement\":[]}"), json!("%7B%22Statement%22%3A%5B%5D%7D")] {
            assert_eq!(document(&told), Ok(plain.clone()));
        }
        assert!(document(&json!("%FF")).is_err() && document(&json!([])).is_err());
    }
}
