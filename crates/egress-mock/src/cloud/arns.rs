//! Names that are unique in the whole world: the one place where ARNs are made.

use egress_core::CloudId;

use super::Model;

/// How the regions of partitions other than `aws` begin (General Reference, "Amazon Resource Names"; for China, "Endpoints
/// and ARNs for AWS in China").
const PARTITIONS: [(&str, &str); 2] = [("cn-", "aws-cn"), ("us-gov-", "aws-us-gov")];

/// The partition that a region is in: the second part of its ARNs.
pub(crate) fn partition(region: &str) -> &'static str {
    PARTITIONS.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |(_, name)| name)
}

/// The name at the end of an ARN: after the last slash, or else the last colon.
pub(crate) fn last_part(arn: &str) -> &str {
    arn.rsplit(['/', ':']).next().unwrap_or(arn)
}

impl Model {
    /// The function's ARN.
    pub(crate) fn function_arn(&self, id: &CloudId) -> String {
        let place = &self.config.place;
        format!("{}:lambda:{}:{}:function:{id}", self.arn(), place.region, place.account)
    }

    /// The role's ARN. Of a role that is not there, the one that it would have without a path.
    pub(crate) fn role_arn(&self, id: &CloudId) -> String {
        let path = self.role_facts(id).map_or_else(|| "/".to_owned(), |facts| facts.path);
        self.iam_arn(&format!("role{path}{id}"))
    }

    /// The ARN of one of AWS's own policies; `path` has both slashes.
    pub(crate) fn managed_policy_arn(&self, path: &str, name: &str) -> String {
        format!("{}:iam::aws:policy{path}{name}", self.arn())
    }

    /// The ARN of something of IAM's in this account, e.g. of `user/egress`.
    pub(crate) fn iam_arn(&self, resource: &str) -> String {
        format!("{}:iam::{}:{resource}", self.arn(), self.config.place.account)
    }

    /// The ARN of something of STS's in this account, e.g. of `assumed-role/x/y`.
    pub(crate) fn sts_arn(&self, resource: &str) -> String {
        format!("{}:sts::{}:{resource}", self.arn(), self.config.place.account)
    }

    /// What all ARNs here begin with.
    pub(crate) fn arn(&self) -> String {
        format!("arn:{}", partition(&self.config.place.region))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_in_its_partition() {
        let regions = ["ap-northeast-1", "us-east-1", "cn-north-1", "cn-northwest-1", "us-gov-west-1"];
        assert_eq!(regions.map(partition), ["aws", "aws", "aws-cn", "aws-cn", "aws-us-gov"]);
    }

    #[test]
    fn a_name_is_read_out_of_an_arn() {
        let arns = ["arn:aws:iam::123456789012:role/a/b/payments", "arn:aws:lambda:r:1:function:f", "plain"];
        assert_eq!(arns.map(last_part), ["payments", "f", "plain"]);
    }
}
