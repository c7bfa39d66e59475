//! How often AWS may be called: token buckets, one table.
//!
//! Each request takes a token from its bucket; an empty bucket refuses it, and it has then certainly done nothing. Buckets
//! fill up again with the cloud's own time, faster where the timing is faster.
//!
//! EC2 gives **each action a bucket of its own**, per account and region: too many calls of one are refused, and "requests for
//! other API are not affected" (EC2 Developer Guide, "Request throttling for the Amazon EC2 API", read in 2026-11; the sizes
//! are in its tables). Lambda lets all of its control plane but `GetFunction` and `GetPolicy` share one ("15 requests per
//! second across all APIs (not 15 requests per second per API)"; Lambda Developer Guide, "Lambda quotas").
//!
//! Whether a request that is refused takes a token too, AWS does not say `[?]`; here it does not.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{ApiError, Code};

/// Whether calls that come too often are refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Throttling {
    /// Where things take the time that they take at AWS, and not where they take none.
    #[default]
    AsTimed,
    /// Always.
    On,
    /// Never.
    Off,
}

/// A service whose calls are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// Networks, gateways, addresses.
    Ec2,
    /// Functions.
    Lambda,
    /// Roles.
    Iam,
    /// Who one is.
    Sts,
    /// What carries which tags.
    Tagging,
}

/// One request, as far as it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Of which service.
    pub api: Api,
    /// AWS's name of the action.
    pub action: &'static str,
    /// Whether it asks for everything at once: neither filtered nor paged.
    pub whole: bool,
}

impl Request {
    /// A request that is filtered or paged, where it could be.
    pub const fn new(api: Api, action: &'static str) -> Self {
        Self { api, action, whole: false }
    }
}

/// A bucket: who shares it, and how fast it fills up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// Its name: that of the only action that uses it, or of those that share it.
    pub bucket: &'static str,
    /// How many tokens it holds, and has at the beginning.
    pub size: f64,
    /// How many are added a second.
    pub per_second: f64,
}

/// Which actions of one service a row is for.
enum Which {
    /// Those of these names, each with a bucket of its own.
    Each(&'static [&'static str]),
    /// Those of these names that ask for everything at once.
    Whole(&'static [&'static str]),
    /// Those whose names begin so, each with a bucket of its own.
    Beginning(&'static [&'static str]),
    /// All others, each with a bucket of its own.
    EachOther,
    /// All others, with one bucket of this name.
    Others(&'static str),
}
use Which::{Beginning, Each, EachOther, Others, Whole};

/// A service, the actions, the size and the refill of the bucket; the first row that fits counts. An action that no row is
/// for is never refused.
type Row = (Api, Which, f64, f64);

const LIMITS: &[Row] = &[
    // EC2 [doc]: the page's rows of single actions, as far as the emulator speaks them.
    (
        Api::Ec2,
        Each(&["CreateNatGateway", "DeleteNatGateway", "AssociateNatGatewayAddress", "DisassociateNatGatewayAddress"]),
        10.0,
        1.0,
    ),
    (Api::Ec2, Each(&["CreateTags"]), 100.0, 10.0),
    (Api::Ec2, Each(&["CreateVpcEndpoint", "DeleteVpcEndpoints"]), 4.0, 0.3),
    (Api::Ec2, Each(&["CreateNetworkInterface", "DeleteNetworkInterface"]), 100.0, 5.0),
    (Api::Ec2, Whole(&["DescribeNetworkInterfaces", "DescribeSecurityGroups"]), 50.0, 10.0),
    (Api::Ec2, Beginning(&["Describe", "Get"]), 100.0, 20.0),
    (Api::Ec2, EachOther, 50.0, 5.0),
    // Lambda [doc]; that a bucket holds as much as it gets in a second is a guess [?]. Invocations have limits of another
    // sort, which nothing here comes near.
    (Api::Lambda, Each(&["GetFunction"]), 100.0, 100.0),
    (Api::Lambda, Each(&["Invoke"]), f64::INFINITY, f64::INFINITY),
    (Api::Lambda, Others("Lambda's control plane"), 15.0, 15.0),
    // IAM documents none: as EC2's [?].
    (Api::Iam, Beginning(&["Get", "List", "Simulate"]), 100.0, 20.0),
    (Api::Iam, EachOther, 50.0, 5.0),
    // Fifteen `GetResources` a second [?]; the bucket's size is a guess, as Lambda's.
    (Api::Tagging, EachOther, 15.0, 15.0),
];

impl Request {
    /// The bucket that it takes its token from; `None` where it is never refused.
    pub fn limit(&self) -> Option<Limit> {
        let begins = |with: &&str| self.action.starts_with(*with);
        let (_, which, size, per_second) =
            LIMITS.iter().filter(|(api, ..)| *api == self.api).find(|(_, which, ..)| match which {
                Each(names) => names.contains(&self.action),
                Whole(names) => self.whole && names.contains(&self.action),
                Beginning(with) => with.iter().any(begins),
                EachOther | Others(_) => true,
            })?;
        let bucket = if let Others(name) = which { name } else { self.action };
        size.is_finite().then_some(Limit { bucket, size: *size, per_second: *per_second })
    }

    /// What its service says when it comes too often. Sources: EC2's error code page; localstack/localstack's and
    /// hashicorp/terraform-provider-aws's issues for the sentences of Lambda and IAM.
    fn refusal(&self) -> ApiError {
        match self.api {
            Api::Ec2 => ApiError::new(Code::RequestLimitExceeded, "Request limit exceeded."),
            Api::Lambda => ApiError::new(Code::TooManyRequests, "Rate exceeded"),
            Api::Iam | Api::Sts => ApiError::new(Code::RequestsThrottled, "Rate exceeded"),
            Api::Tagging => ApiError::new(Code::TaggingThrottled, "Rate exceeded"),
        }
    }
}

/// The buckets of an account in a region. One that was never used is full.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buckets {
    levels: BTreeMap<&'static str, Level>,
}

/// How much is in a bucket.
#[derive(Clone, Copy, Debug)]
struct Level {
    tokens: f64,
    since: Duration,
}

/// A little less than a token, against what is lost by rounding.
const ONE: f64 = 1.0 - 1e-6;

impl Buckets {
    /// Takes a token for each request, or none at all where one of them finds its bucket empty.
    ///
    /// A call of the engine can stand for several requests. On AWS those that are refused are sent again by the SDK, one by
    /// one, so what the others took is not lost.
    pub(crate) fn take(&mut self, now: Duration, speed: f64, requests: &[Request]) -> Result<(), ApiError> {
        let mut levels = self.levels.clone();
        for request in requests {
            let Some(limit) = request.limit() else { continue };
            let full = Level { tokens: limit.size, since: now };
            let level = levels.entry(limit.bucket).or_insert(full);
            let passed = now.saturating_sub(level.since).as_secs_f64() * speed;
            level.tokens = limit.size.min(level.tokens + passed * limit.per_second);
            level.since = now;
            if level.tokens < ONE {
                return Err(request.refusal());
            }
            level.tokens -= 1.0;
        }
        self.levels = levels;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(api: Api, action: &'static str, whole: bool) -> (&'static str, f64, f64) {
        let limit = Request { api, action, whole }.limit().unwrap();
        (limit.bucket, limit.size, limit.per_second)
    }

    #[test]
    fn each_action_has_the_bucket_that_aws_gives_it() {
        assert_eq!(limit(Api::Ec2, "CreateNatGateway", false), ("CreateNatGateway", 10.0, 1.0));
        assert_eq!(limit(Api::Ec2, "CreateVpc", false), ("CreateVpc", 50.0, 5.0));
        assert_eq!(limit(Api::Ec2, "DescribeVpcs", true), ("DescribeVpcs", 100.0, 20.0));
        assert_eq!(limit(Api::Ec2, "GetManagedPrefixListEntries", false).1, 100.0);
        assert_eq!(limit(Api::Ec2, "DescribeSecurityGroups", false).1, 100.0);
        assert_eq!(limit(Api::Ec2, "DescribeSecurityGroups", true), ("DescribeSecurityGroups", 50.0, 10.0));
        assert_eq!(limit(Api::Lambda, "ListFunctions", true), limit(Api::Lambda, "CreateFunction", false));
        assert_eq!(limit(Api::Lambda, "GetFunction", false), ("GetFunction", 100.0, 100.0));
        assert_eq!(limit(Api::Iam, "CreateRole", false), ("CreateRole", 50.0, 5.0));
        assert_eq!(limit(Api::Tagging, "GetResources", false), ("GetResources", 15.0, 15.0));
        assert_eq!(Request::new(Api::Lambda, "Invoke").limit(), None);
        assert_eq!(Request::new(Api::Sts, "GetCallerIdentity").limit(), None);
    }

    /// How many calls are let through at each second, of as many as can be made.
    fn passed(action: &'static str, speed: f64, seconds: &[u64]) -> Vec<usize> {
        let mut buckets = Buckets::default();
        let request = [Request::new(Api::Ec2, action)];
        let mut pass = |second: &u64| {
            let now = Duration::from_secs(*second);
            (0..1000).take_while(|_| buckets.take(now, speed, &request).is_ok()).count()
        };
        seconds.iter().map(&mut pass).collect()
    }

    #[test]
    fn a_bucket_gives_what_it_holds_and_then_what_it_gets() {
        assert_eq!(passed("CreateNatGateway", 1.0, &[0, 1, 2, 5, 100]), [10, 1, 1, 3, 10]);
        assert_eq!(passed("CreateVpcEndpoint", 1.0, &[0, 1, 2, 3, 4, 5, 6, 7]), [4, 0, 0, 0, 1, 0, 0, 1]);
        assert_eq!(passed("CreateNatGateway", 5.0, &[0, 1, 2]), [10, 5, 5]);
    }

    #[test]
    fn what_is_refused_takes_nothing_from_any_bucket() {
        let mut buckets = Buckets::default();
        let both = [Request::new(Api::Iam, "CreateRole"), Request::new(Api::Ec2, "CreateNatGateway")];
        let took = (0..100).filter(|_| buckets.take(Duration::ZERO, 1.0, &both).is_ok()).count();
        let left = (0..100).filter(|_| buckets.take(Duration::ZERO, 1.0, &both[..1]).is_ok()).count();
        assert_eq!((took, left), (10, 40));
    }

    #[test]
    fn other_actions_are_not_affected() {
        let mut buckets = Buckets::default();
        while buckets.take(Duration::ZERO, 1.0, &[Request::new(Api::Ec2, "CreateVpc")]).is_ok() {}
        let refused = buckets.take(Duration::ZERO, 1.0, &[Request::new(Api::Ec2, "CreateVpc")]).unwrap_err();
        assert_eq!((refused.code.as_str(), refused.code.status()), ("RequestLimitExceeded", 503));
        assert_eq!(buckets.take(Duration::ZERO, 1.0, &[Request::new(Api::Ec2, "CreateSubnet")]), Ok(()));
    }
}
