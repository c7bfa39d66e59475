//! AWS's errors: what each means to the engine, and what it says to people.
//!
//! [`ROWS`] is the one place where a code, what it means and what helps against it stand together. Codes that are not in
//! it are judged by how AWS names its codes, and by the HTTP status.

mod table;

pub use table::ROWS;

use egress_core::{CloudError, ErrorKind};

/// What AWS says, and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// AWS's code.
    pub code: &'static str,
    /// A part of AWS's sentence, where one code stands for different things. Compared without regard to case.
    pub says: Option<&'static str>,
    /// The beginning of the operation's name, where a code means something else there.
    pub of: Option<&'static str>,
    /// What sort of failure it is.
    pub kind: ErrorKind,
    /// Our sentence, where it is better than AWS's.
    pub means: Option<&'static str>,
    /// What the user can do.
    pub hint: Option<&'static str>,
}

impl Row {
    fn fits(&self, operation: &str, code: &str, message: &str) -> bool {
        let says = |part: &str| message.to_lowercase().contains(&part.to_lowercase());
        self.code == code && self.says.is_none_or(says) && self.of.is_none_or(|of| operation.starts_with(of))
    }
}

/// The longest text of AWS's that is shown, in characters.
const LONGEST: usize = 400;

/// Makes an error of what AWS answered: the first row of [`ROWS`] that fits decides.
///
/// The message keeps AWS's own sentence, with ours before it where the row has one.
pub fn explain(operation: &str, code: Option<&str>, message: &str, status: u16) -> CloudError {
    let Some(code) = code.filter(|code| !code.is_empty()) else { return without_code(operation, message, status) };
    let row = ROWS.iter().find(|row| row.fits(operation, code, message));
    let kind = row.map_or_else(|| kind_of_code(code, status), |row| row.kind);
    let theirs = if message.is_empty() { format!("HTTP {status}") } else { cut(message) };
    let text = match row.and_then(|row| row.means) {
        Some(ours) => format!("{ours} (AWS: {theirs})"),
        None => theirs,
    };
    let error = CloudError::new(kind, operation, text).code(code);
    match row.and_then(|row| row.hint) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// No credentials could be had: nothing was sent.
pub(crate) fn unauthenticated(operation: &str, why: &str) -> CloudError {
    let said = why.to_lowercase();
    let row = CREDENTIALS.iter().find(|row| said.contains(row.says));
    let text = match row.and_then(|row| row.means) {
        Some(ours) => ours.to_owned(),
        None => format!("no usable credentials: {}", cut(why)),
    };
    let hint = row.map_or(NO_CREDENTIALS, |row| row.hint);
    CloudError::new(ErrorKind::Unauthenticated, operation, text).hint(hint)
}

/// A role could not be assumed: nothing else was sent.
pub(crate) fn role_not_assumed(operation: &str, code: Option<&str>, message: &str) -> CloudError {
    let text = format!("the role cannot be assumed (AWS: {})", cut(message));
    let error = CloudError::new(ErrorKind::Unauthenticated, operation, text).hint(ASSUME);
    code.into_iter().fold(error, |error, code| error.code(code))
}

const NO_CREDENTIALS: &str = "set AWS_PROFILE or give --profile, or sign in with `aws sso login` or `aws login`; a profile that \
                              wants an MFA code needs temporary credentials, because the code is not asked for here";
const ASSUME: &str = "check the role's ARN, and that its trust policy names the caller; where it asks for MFA or an external \
                      id, use a profile with temporary credentials";

/// What a failure of the chain of credentials means.
struct NoCredentials {
    /// A part of what it says, in small letters.
    says: &'static str,
    /// Our sentence, where it is better.
    means: Option<&'static str>,
    hint: &'static str,
}

const CREDENTIALS: &[NoCredentials] = &[
    NoCredentials {
        says: "no credentials found in chain",
        means: Some("no credentials were found: not in the environment, a profile, a container or this machine"),
        hint: NO_CREDENTIALS,
    },
    NoCredentials { says: "sts:assumerole", means: None, hint: ASSUME },
    NoCredentials {
        says: "expired",
        means: None,
        hint: "sign in again (`aws sso login`, `aws login`), or get new temporary credentials",
    },
    NoCredentials {
        says: "could not find",
        means: None,
        hint: "check the profile's name: `aws configure list-profiles` lists them",
    },
    NoCredentials {
        says: "mfa",
        means: None,
        hint: "the code of an MFA device is not asked for here: get temporary credentials first, and use those",
    },
];

/// A text of at most a few hundred characters.
pub(crate) fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// An answer without a code is none of AWS's: of a proxy, or cut short.
fn without_code(operation: &str, message: &str, status: u16) -> CloudError {
    let kind = match status {
        401 | 407 => ErrorKind::Unauthenticated,
        403 => ErrorKind::Denied,
        429 => ErrorKind::Throttled,
        500.. => ErrorKind::Internal,
        _ => ErrorKind::Transport,
    };
    let said = if message.is_empty() { String::new() } else { format!(": {}", cut(message)) };
    CloudError::new(kind, operation, format!("HTTP {status} without an error code of AWS's{said}"))
        .hint("a proxy or another server may have answered in place of AWS")
}

/// How AWS names its codes: by ends and beginnings.
///
/// Source: EC2's page of error codes.
fn kind_of_code(code: &str, status: u16) -> ErrorKind {
    let ends = |ends: &[&str]| ends.iter().any(|end| code.ends_with(end));
    if status >= 500 {
        return ErrorKind::Internal;
    }
    if status == 429 {
        ErrorKind::Throttled
    } else if ends(&["NotFound", "NotFoundException"]) {
        ErrorKind::NotFound
    } else if ends(&[".Duplicate", "AlreadyExists", "AlreadyExistsException", "AlreadyAssociated"]) {
        ErrorKind::AlreadyExists
    } else if ends(&[".InUse", "InUseException"]) {
        ErrorKind::InUse
    } else if ends(&["LimitExceeded", "LimitExceededException"]) {
        ErrorKind::Quota
    } else if ends(&["NotSupported", "Unsupported"]) {
        ErrorKind::Unsupported
    } else if ends(&["IncorrectState", "IncorrectInstanceState"]) || code.starts_with("IncorrectState") {
        ErrorKind::Busy
    } else if status == 403 {
        ErrorKind::Denied
    } else {
        ErrorKind::Invalid
    }
}

#[cfg(test)]
mod tests;
