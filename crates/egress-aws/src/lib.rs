//! AWS behind the engine of `egress`.
//!
//! # What is here, and what is not yet
//!
//! **The backend is not here yet.** Nothing in this crate calls AWS, and no AWS SDK crate is among its dependencies. It
//! will hold the one implementation of [`egress_core::Cloud`] over the AWS SDK: a client whose mutating calls are sent
//! once, the mapping of AWS's error codes to [`egress_core::ErrorKind`], one observer and one `match` over Ops for each
//! family (EC2's networks and gateways, Lambda's functions with IAM's roles), and the reader of a folder of `Describe*`
//! JSON. It will be the only crate that may depend on an SDK crate, and no SDK type will leave it.
//!
//! What is here is what AWS's names look like, which needs no SDK:
//!
//! - [`Partition`]: which of AWS's separate worlds a region is in, and how names differ there;
//! - [`Arn`]: the long names that AWS gives to things, built and read;
//! - [`policy`]: what a function's role must be allowed before the function can enter a network.
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

mod arn;
mod partition;
pub mod policy;

pub use arn::{Arn, BadArn};
pub use partition::Partition;

/// The host that a path is proven against where the Spec names none. AWS runs it; it answers a GET with the IPv4 address
/// that it was called from and a newline, and nothing else.
///
/// It stands in the `aws` partition: from `aws-cn` it is reached over the border, slowly and not always, so a Spec for
/// Beijing or Ningxia should name a host of its own.
pub const ECHO_URL: &str = "https://checkip.amazonaws.com";
