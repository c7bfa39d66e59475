//! How requests name functions: by name, by ARN or by a part of one, with or without a qualifier.

use egress_core::CloudId;

use super::Asked;
use crate::cloud::{ApiError, Code, Model, constraint};

/// What a request names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) function: CloudId,
    /// A version or an alias.
    pub(super) qualifier: Option<String>,
}

/// What the path names, together with the query's `Qualifier`.
pub(super) fn named(model: &Model, asked: &Asked) -> Result<Named, ApiError> {
    let mut named = parse(model, asked.name())?;
    let qualifier = asked.query("Qualifier").filter(|qualifier| !qualifier.is_empty());
    if let (Some(derived), Some(given)) = (&named.qualifier, qualifier)
        && derived != given
    {
        let message = "The derived qualifier from the function name does not match the specified qualifier.";
        return Err(ApiError::new(Code::InvalidFunctionParameter, message));
    }
    named.qualifier = named.qualifier.or_else(|| qualifier.map(ToOwned::to_owned));
    Ok(named)
}

/// Reads `name`, `name:qualifier`, `account:function:name` and `arn:…:function:name`, each with or without a qualifier.
///
/// Sources of the sentences: localstack/localstack's answers recorded from AWS, `test_function_arns`, `test_invalid_invoke`,
/// `test_get_function_wrong_region`. To a function of another account AWS answers with a refusal that says nothing.
pub(super) fn parse(model: &Model, text: &str) -> Result<Named, ApiError> {
    let unfit = || {
        let rule = "Member must satisfy regular expression pattern: \
                    (arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?\
                    (function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";
        constraint("functionName", text, rule)
    };
    let parts: Vec<&str> = text.split(':').collect();
    let (region, account, rest) = match parts.as_slice() {
        ["arn", _, "lambda", region, account, "function", rest @ ..] => (Some(*region), Some(*account), rest),
        [account, "function", rest @ ..] if is_account(account) => (None, Some(*account), rest),
        ["function", rest @ ..] if !rest.is_empty() => (None, None, rest),
        rest => (None, None, rest),
    };
    let (name, qualifier) = match rest {
        [name] => (*name, None),
        [name, qualifier] => (*name, Some(*qualifier)),
        _ => return Err(unfit()),
    };
    let word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let is_name = !name.is_empty() && name.chars().all(|c| word(c) || c == '.');
    let is_qualifier = |q: &str| q == "$LATEST" || (!q.is_empty() && q.chars().all(word));
    if !is_name || qualifier.is_some_and(|q| !is_qualifier(q)) || account.is_some_and(|a| !is_account(a)) {
        return Err(unfit());
    }
    let place = &model.config.place;
    if let Some(region) = region.filter(|region| *region != place.region) {
        let message = format!("Functions from '{region}' are not reachable in this region ('{}')", place.region);
        return Err(ApiError::new(Code::FunctionNotFound, message));
    }
    if account.is_some_and(|account| account != place.account) {
        return Err(ApiError::new(Code::LambdaAccessDenied, "null"));
    }
    Ok(Named { function: CloudId::new(name), qualifier: qualifier.map(ToOwned::to_owned) })
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}
