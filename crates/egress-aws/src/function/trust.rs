//! Whom a role trusts.

use std::{fmt, marker::PhantomData};

use percent_encoding::percent_decode_str;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{SeqAccess, Visitor, value::SeqAccessDeserializer},
};

/// The name under which Lambda assumes roles, in every partition.
pub(crate) const LAMBDA: &str = "lambda.amazonaws.com";

/// Whether a trust document, encoded for a URL as IAM hands it out, lets Lambda assume its role.
///
/// What a condition in it says is not weighed: Lambda itself answers in the end.
pub(super) fn trusts_lambda(encoded: &str) -> Result<bool, String> {
    let text = percent_decode_str(encoded).decode_utf8().map_err(|e| e.to_string())?;
    let document: Document = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    let about_lambda = |statement: &&Statement| statement.principal.has_lambda() && statement.is_about_assuming();
    let mut statements = document.statement.0.iter().filter(about_lambda);
    let denied = document.statement.0.iter().filter(about_lambda).any(|statement| statement.effect == Effect::Deny);
    Ok(!denied && statements.any(|statement| statement.effect == Effect::Allow))
}

/// The trust document of a role that Lambda, and nobody else, may assume.
pub(crate) fn document() -> Trust {
    Trust {
        version: "2012-10-17",
        statement: [TrustStatement { effect: "Allow", principal: TrustPrincipal { service: LAMBDA }, action: ASSUME }],
    }
}

const ASSUME: &str = "sts:AssumeRole";

/// A trust document of ours.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Trust {
    version: &'static str,
    statement: [TrustStatement; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TrustStatement {
    effect: &'static str,
    principal: TrustPrincipal,
    action: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TrustPrincipal {
    service: &'static str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    statement: OneOrMany<Statement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: Effect,
    #[serde(default)]
    principal: Principal,
    #[serde(default)]
    action: OneOrMany<String>,
}

#[derive(Deserialize, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

/// The services among those who are trusted; users and accounts are of no concern here.
#[derive(Default)]
struct Principal {
    services: Vec<String>,
}

impl Principal {
    fn has_lambda(&self) -> bool {
        self.services.iter().any(|service| service == LAMBDA || service == "*")
    }
}

impl Statement {
    fn is_about_assuming(&self) -> bool {
        self.action
            .0
            .iter()
            .any(|action| action.eq_ignore_ascii_case(ASSUME) || action.eq_ignore_ascii_case("sts:*") || action == "*")
    }
}

/// `"*"`, or who is meant by kind.
impl<'de> Deserialize<'de> for Principal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct ByKind {
            #[serde(default)]
            service: OneOrMany<String>,
        }
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Principal;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a principal")
            }

            fn visit_str<E>(self, text: &str) -> Result<Principal, E> {
                Ok(Principal { services: vec![text.to_owned()] })
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Principal, A::Error> {
                let by_kind = ByKind::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Ok(Principal { services: by_kind.service.0 })
            }
        }
        deserializer.deserialize_any(Read)
    }
}

/// What policies write as one thing where there is one, and as a list otherwise.
struct OneOrMany<T>(Vec<T>);

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Read<T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one thing or a list of them")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<T>, E> {
                T::deserialize(serde::de::value::StrDeserializer::new(text)).map(|one| vec![one])
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Vec<T>, A::Error> {
                T::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(|one| vec![one])
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Vec<T>, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list))
            }
        }
        deserializer.deserialize_any(Read(PhantomData)).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusts(statement: &str) -> Result<bool, String> {
        let json = format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#);
        let encoded = percent_encoding::utf8_percent_encode(&json, percent_encoding::NON_ALPHANUMERIC).to_string();
        trusts_lambda(&encoded)
    }

    #[test]
    fn lambda_is_trusted_however_the_document_is_written() {
        for statement in [
            r#"{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}"#,
            r#"[{"Effect":"Allow","Principal":{"Service":["ec2.amazonaws.com","lambda.amazonaws.com"]},"Action":["sts:TagSession","sts:AssumeRole"]}]"#,
            r#"[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:root","Service":"lambda.amazonaws.com"},"Action":"sts:*"}]"#,
            r#"{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}"#,
        ] {
            assert_eq!(trusts(statement), Ok(true), "{statement}");
        }
    }

    #[test]
    fn nobody_else_stands_for_lambda() {
        for statement in [
            r#"{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}"#,
            r#"{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}"#,
            r#"{"Effect":"Deny","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}"#,
            r#"{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:TagSession"}"#,
            r#"[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"},{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}]"#,
            "[]",
        ] {
            assert_eq!(trusts(statement), Ok(false), "{statement}");
        }
    }

    #[test]
    fn a_document_that_cannot_be_read_is_an_error() {
        assert!(trusts("7").is_err());
        assert!(trusts(r#"{"Effect":"Perhaps"}"#).is_err());
        assert!(trusts_lambda("%FF").is_err());
        assert!(trusts_lambda("").is_err());
    }

    #[test]
    fn our_own_document_trusts_lambda() {
        assert_eq!(trusts_lambda(&serde_json::to_string(&document()).unwrap()), Ok(true));
    }
}
