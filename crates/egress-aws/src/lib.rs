//! AWS behind the engine of `egress`.
//!
//! [`AwsCloud`] is the one implementation of [`egress_core::Cloud`] over the AWS SDK: a client whose reads are tried again by
//! the SDK and whose mutating calls are sent once, one observer and one `match` over Ops for each family: EC2's networks and
//! gateways, Lambda's functions with IAM's roles. This is the only crate that may depend on an SDK crate, and no SDK type
//! leaves it.
//!
//! - [`AwsCloud`], [`Settings`]: the backend, and where its credentials come from;
//! - [`errors`]: AWS's errors, what each means to the engine, and what it says to people;
//! - [`actions`]: every action that is called, and which command needs it;
//! - [`policy`]: what a function's role must be allowed, and what whoever runs egress must be;
//! - [`Partition`]: which of AWS's separate worlds a region is in, and how names differ there;
//! - [`Arn`]: the long names that AWS gives to things, built and read.
//!
//! # Example
//!
//! The role of a function in Beijing, and the policy that it needs:
//!
//! ```
//! use egress_aws::{Arn, Partition};
//!
//! let partition = Partition::of_region("cn-north-1").ok_or("not a region")?;
//! assert_eq!(
//!     partition.vpc_access_policy_arn(),
//!     "arn:aws-cn:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
//! );
//!
//! // What Lambda says about a function's role, and what IAM wants to hear: the name alone.
//! let arn: Arn = "arn:aws-cn:iam::123456789012:role/service-role/payments".parse()?;
//! assert_eq!(arn.account, "123456789012");
//! assert_eq!(arn.role_name(), Some("payments"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod actions;
mod arn;
mod client;
pub mod errors;
#[cfg(feature = "fixture")]
pub mod fixture;
mod function;
mod gaps;
mod gateway;
mod network;
mod partition;
pub mod policy;
mod probe;
mod wire;

pub use arn::{Arn, BadArn};
pub use client::{AwsCloud, CallRecord, Identity, Settings};
pub use partition::Partition;

/// The host that a path is proven against where the Spec names none. AWS runs it; it answers a GET with the IPv4 address
/// that it was called from and a newline, and nothing else.
///
/// It stands in the `aws` partition: from `aws-cn` it is reached over the border, slowly and not always, so a Spec for
/// Beijing or Ningxia should name a host of its own.
pub const ECHO_URL: &str = "https://checkip.amazonaws.com";

#[cfg(test)]
mod tests;
