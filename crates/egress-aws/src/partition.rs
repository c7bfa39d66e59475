//! AWS's partitions: worlds apart, each with its own accounts, endpoints and ARNs.

use std::fmt;

use crate::{Arn, policy};

/// One of AWS's separate worlds. Nothing of one partition can name anything of another.
///
/// Source: AWS General Reference, "Amazon Resource Names"; for China, "Endpoints and ARNs for AWS in China".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Partition {
    /// The commercial regions.
    Aws,
    /// Beijing and Ningxia. Prices are in CNY.
    AwsCn,
    /// GovCloud (US).
    AwsUsGov,
}

/// How the regions of the partitions that are known here begin; the first that fits decides. `None`: partitions that AWS
/// runs (isolated ones, the European Sovereign Cloud) but whose names nobody here has checked.
const PREFIXES: [(&str, Option<Partition>); 6] = [
    ("cn-", Some(Partition::AwsCn)),
    ("us-gov-", Some(Partition::AwsUsGov)),
    ("us-iso", None),
    ("eu-iso", None),
    ("eusc-", None),
    ("", Some(Partition::Aws)),
];

impl Partition {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Aws, Self::AwsCn, Self::AwsUsGov];

    /// The partition that a region, e.g. `ap-northeast-1`, is in. `None` for what does not look like a region's name, and
    /// for regions of partitions that are not known here: a guess would build names of things that do not exist.
    ///
    /// A region that opens tomorrow is known, as long as its name has the usual form.
    pub fn of_region(region: &str) -> Option<Self> {
        if !looks_like_a_region(region) {
            return None;
        }
        PREFIXES.iter().find(|(prefix, _)| region.starts_with(prefix)).and_then(|(_, partition)| *partition)
    }

    /// The partition with this name, e.g. `aws-cn`.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|partition| partition.name() == name)
    }

    /// Its name: the second part of its ARNs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AwsCn => "aws-cn",
            Self::AwsUsGov => "aws-us-gov",
        }
    }

    /// What all of its ARNs begin with, colon included.
    pub const fn arn_prefix(self) -> &'static str {
        match self {
            Self::Aws => "arn:aws:",
            Self::AwsCn => "arn:aws-cn:",
            Self::AwsUsGov => "arn:aws-us-gov:",
        }
    }

    /// What the host names of its services end with: `ec2.{region}.{suffix}`.
    pub const fn dns_suffix(self) -> &'static str {
        match self {
            Self::Aws | Self::AwsUsGov => "amazonaws.com",
            Self::AwsCn => "amazonaws.com.cn",
        }
    }

    /// The ARN of AWS's own policy that lets a function's role make network interfaces. See
    /// [`policy::VPC_ACCESS_ACTIONS`] for what it allows.
    pub fn vpc_access_policy_arn(self) -> String {
        Arn {
            partition: self,
            service: "iam".into(),
            region: String::new(),
            account: "aws".into(),
            resource: format!("policy/service-role/{}", policy::VPC_ACCESS_POLICY),
        }
        .to_string()
    }

    /// The ARN of a role by its name. For a role with a path, put the path before the name: `service-role/payments`.
    pub fn role_arn(self, account: &str, role: &str) -> String {
        Arn {
            partition: self,
            service: "iam".into(),
            region: String::new(),
            account: account.into(),
            resource: format!("role/{role}"),
        }
        .to_string()
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Lower-case words, at least two, then a number, joined with hyphens: `us-gov-west-1`.
fn looks_like_a_region(text: &str) -> bool {
    let Some((words, number)) = text.rsplit_once('-') else { return false };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
        && words.split('-').count() >= 2
        && words.split('-').all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_tells_its_partition() {
        let cases = [
            ("us-east-1", Some(Partition::Aws)),
            ("ap-northeast-1", Some(Partition::Aws)),
            ("ap-southeast-12", Some(Partition::Aws)),
            ("mx-central-1", Some(Partition::Aws)),
            ("cn-north-1", Some(Partition::AwsCn)),
            ("cn-northwest-1", Some(Partition::AwsCn)),
            ("us-gov-west-1", Some(Partition::AwsUsGov)),
            ("us-gov-east-1", Some(Partition::AwsUsGov)),
            ("us-iso-east-1", None),
            ("us-isob-east-1", None),
            ("eu-isoe-west-1", None),
            ("eusc-de-east-1", None),
        ];
        for (region, partition) in cases {
            assert_eq!(Partition::of_region(region), partition, "{region}");
        }
    }

    #[test]
    fn what_is_no_region_has_no_partition() {
        for text in
            ["", "-", "us", "us-1", "us-east-", "us-east-1a", "US-EAST-1", "us--east-1", " us-east-1", "cn-", "global"]
        {
            assert_eq!(Partition::of_region(text), None, "{text:?}");
        }
    }

    #[test]
    fn every_partition_has_its_own_names() {
        let names: Vec<_> = Partition::ALL
            .into_iter()
            .map(|p| {
                (p.name(), p.arn_prefix(), p.dns_suffix(), p.vpc_access_policy_arn(), p.role_arn("123456789012", "r"))
            })
            .collect();
        let policy = |name| format!("arn:{name}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole");
        let role = |name| format!("arn:{name}:iam::123456789012:role/r");
        assert_eq!(
            names,
            [
                ("aws", "arn:aws:", "amazonaws.com", policy("aws"), role("aws")),
                ("aws-cn", "arn:aws-cn:", "amazonaws.com.cn", policy("aws-cn"), role("aws-cn")),
                ("aws-us-gov", "arn:aws-us-gov:", "amazonaws.com", policy("aws-us-gov"), role("aws-us-gov")),
            ]
        );
    }

    #[test]
    fn a_partition_is_found_by_its_name_and_by_no_other() {
        for partition in Partition::ALL {
            assert_eq!(Partition::of_name(&partition.to_string()), Some(partition));
        }
        assert_eq!(Partition::of_name("aws-iso"), None);
    }
}
