//! ARNs, the long names that AWS gives to things.

use std::{fmt, str::FromStr};

use crate::Partition;

/// `arn:{partition}:{service}:{region}:{account}:{resource}`.
///
/// Source: AWS General Reference, "Amazon Resource Names". Parsing and printing give each other's input back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn {
    /// Which of AWS's worlds the thing is in.
    pub partition: Partition,
    /// The service that has it, e.g. `lambda`; never empty.
    pub service: String,
    /// Its region; empty for things that are in none, such as roles.
    pub region: String,
    /// Its account: twelve digits, `aws` for what AWS itself owns, or empty.
    pub account: String,
    /// The thing in the service's own words, e.g. `role/service-role/payments` or `function:payments:3`; never empty, and
    /// colons in it are its own.
    pub resource: String,
}

impl Arn {
    /// The name of the role, without its path, which is what IAM's calls want; `None` where this is no role.
    pub fn role_name(&self) -> Option<&str> {
        self.named("iam", "role/").map(|path| path.rsplit_once('/').map_or(path, |(_, name)| name))
    }

    /// The name of the function, without version or alias; `None` where this is no function.
    pub fn function_name(&self) -> Option<&str> {
        self.named("lambda", "function:").map(|name| name.split_once(':').map_or(name, |(name, _)| name))
    }

    fn named(&self, service: &str, kind: &str) -> Option<&str> {
        if self.service != service {
            return None;
        }
        self.resource.strip_prefix(kind).filter(|name| !name.is_empty() && !name.ends_with('/'))
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, account, resource } = self;
        write!(f, "{}{service}:{region}:{account}:{resource}", partition.arn_prefix())
    }
}

/// Why a text is no ARN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadArn {
    /// It has not the six parts of one.
    #[error("`{0}` is not of the form arn:partition:service:region:account:resource")]
    Form(String),
    /// It is in a partition that is not known here.
    #[error("`{arn}` is in the unknown partition `{partition}`")]
    Partition {
        /// The text.
        arn: String,
        /// What stands where the partition should.
        partition: String,
    },
    /// Its account is neither twelve digits, nor `aws`, nor empty.
    #[error("`{account}` in `{arn}` is not an account of twelve digits")]
    Account {
        /// The text.
        arn: String,
        /// What stands where the account should.
        account: String,
    },
}

impl FromStr for Arn {
    type Err = BadArn;

    fn from_str(text: &str) -> Result<Self, BadArn> {
        let mut parts = text.splitn(6, ':');
        let mut part = || parts.next().ok_or_else(|| BadArn::Form(text.into()));
        let [scheme, partition, service, region, account, resource] =
            [part()?, part()?, part()?, part()?, part()?, part()?];
        if scheme != "arn" || service.is_empty() || resource.is_empty() {
            return Err(BadArn::Form(text.into()));
        }
        let partition = Partition::of_name(partition)
            .ok_or_else(|| BadArn::Partition { arn: text.into(), partition: partition.into() })?;
        if !is_account(account) {
            return Err(BadArn::Account { arn: text.into(), account: account.into() });
        }
        Ok(Self {
            partition,
            service: service.into(),
            region: region.into(),
            account: account.into(),
            resource: resource.into(),
        })
    }
}

fn is_account(text: &str) -> bool {
    matches!(text, "" | "aws") || (text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<(String, Option<String>, Option<String>), String> {
        let arn: Arn = text.parse().map_err(|e: BadArn| e.to_string())?;
        Ok((arn.account.clone(), arn.role_name().map(Into::into), arn.function_name().map(Into::into)))
    }

    #[test]
    fn a_role_or_function_is_read_out_of_its_arn() {
        let cases = [
            ("arn:aws:iam::123456789012:role/payments", "123456789012", Some("payments"), None),
            ("arn:aws-cn:iam::123456789012:role/a/b/payments", "123456789012", Some("payments"), None),
            ("arn:aws:iam::123456789012:role/", "123456789012", None, None),
            ("arn:aws:iam::123456789012:role/a/", "123456789012", None, None),
            ("arn:aws:sts::123456789012:role/payments", "123456789012", None, None),
            ("arn:aws:lambda:eu-west-1:123456789012:function:pay", "123456789012", None, Some("pay")),
            ("arn:aws:lambda:eu-west-1:123456789012:function:pay:3", "123456789012", None, Some("pay")),
            ("arn:aws-us-gov:iam::aws:policy/service-role/X", "aws", None, None),
            ("arn:aws:s3:::bucket", "", None, None),
        ];
        for (text, account, role, function) in cases {
            assert_eq!(read(text), Ok((account.into(), role.map(Into::into), function.map(Into::into))), "{text}");
        }
    }

    #[test]
    fn what_is_no_arn_says_why() {
        let form = |text: &str| format!("`{text}` is not of the form arn:partition:service:region:account:resource");
        let cases = [
            ("", form("")),
            ("payments", form("payments")),
            ("arn:aws:iam::123456789012", form("arn:aws:iam::123456789012")),
            ("arn:aws:iam::123456789012:", form("arn:aws:iam::123456789012:")),
            ("arn:aws:::123456789012:role/x", form("arn:aws:::123456789012:role/x")),
            ("urn:aws:iam::123456789012:role/x", form("urn:aws:iam::123456789012:role/x")),
            ("arn:aws-x:iam:::role/x", "`arn:aws-x:iam:::role/x` is in the unknown partition `aws-x`".into()),
            ("arn:aws:iam::12:role/x", "`12` in `arn:aws:iam::12:role/x` is not an account of twelve digits".into()),
        ];
        for (text, error) in cases {
            assert_eq!(read(text), Err(error));
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(
            partition in prop::sample::select(&Partition::ALL[..]),
            service in "[a-z0-9-]{1,12}",
            region in "([a-z]{2}-[a-z]{4,9}-[1-9])?",
            account in prop_oneof![Just(String::new()), Just("aws".to_owned()), "[0-9]{12}"],
            resource in "[a-zA-Z0-9:/_.*-]{1,40}",
        ) {
            let arn = Arn { partition, service, region, account, resource };
            prop_assert_eq!(arn.to_string().parse(), Ok(arn));
        }

        #[test]
        fn what_is_read_is_printed_back(text in "(arn|[a-z:]{0,5}):(aws|aws-cn|x)?:[a-z]{0,3}:[a-z]{0,3}:([0-9]{12}|[a-z]{0,3}):.{0,9}") {
            if let Ok(arn) = text.parse::<Arn>() {
                prop_assert_eq!(arn.to_string(), text);
            }
        }
    }
}
