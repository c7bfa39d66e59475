//! The Spec: what the user wants, from a file.
//!
//! Everything in a [`Spec`] is complete and consistent: presets are filled in, names are unique, ranges fit. Whatever
//! cannot be known without looking at the cloud (which zones there are, whose address it is) is left to the planner.
//!
//! # The file
//!
//! `egress.toml` names a stack, and a preset or each piece by itself. The shortest one is
//!
//! ```
//! let parsed = egress_core::spec::parse(r#"
//! stack = "prod"
//! preset = "lambda-static-ip"
//!
//! [[function]]
//! name = "pay"
//! "#)?;
//! assert_eq!(parsed.spec.network.name, "lambda_vpc");
//! # Ok::<(), egress_core::spec::SpecError>(())
//! ```
//!
//! and this one has every key:
//!
//! ```
//! let parsed = egress_core::spec::parse(r#"
//! stack = "prod"                 # 1 to 32 of a-z, 0-9 and -
//! account = "123456789012"       # refuse every other account
//! region = "eu-west-1"           # the environment's where left out
//! preset = "lambda-static-ip"    # whatever follows overrides it, piece by piece
//! ports = [443, 8443]            # that functions must reach; 443 always
//! echo_url = "https://checkip.amazonaws.com/"
//!
//! [tags]                         # for everything that is made; not `egress:…`, not `aws:…`
//! team = "payments"
//!
//! [network]
//! name = "pay"
//! cidr = "10.20.0.0/16"          # a preset's subnets move along into another /16
//!
//! [internet_gateway]
//! name = "pay-igw"
//! route_table = "pay-public"
//!
//! [[public_subnet]]              # a list replaces the preset's list
//! name = "pay-public-a"
//! cidr = "10.20.0.0/24"
//! zone = 1                       # its position in the list where left out
//!
//! [[private_subnet]]
//! name = "pay-private-a"
//! cidr = "10.20.1.0/24"
//! zone = "eu-west-1a"            # or a zone by name
//! nat = "pay-nat"                # may be left out where there is just one
//!
//! [[private_subnet]]
//! name = "pay-private-b"
//! cidr = "10.20.2.0/24"
//! zone = "eu-west-1b"
//! nat = "pay-nat"
//!
//! [[nat_gateway]]
//! name = "pay-nat"
//! subnet = "pay-public-a"        # may be left out where there is just one
//! route_table = "pay-private"
//! address = "203.0.113.7"        # one that the account holds; a new one where left out
//!
//! [[address]]                    # one more for a gateway: functions are seen from any of its addresses
//! name = "pay-nat-2"
//! nat = "pay-nat"                # may be left out where there is just one
//! ip = "203.0.113.8"             # one that the account holds; a new one where left out
//!
//! [security_group]
//! name = "pay-functions"
//!
//! [[function]]
//! name = "pay"
//! permission = "inline"          # or "managed" (where left out), or "none"
//!
//! [[function]]
//! name = "pay-web"
//! attach = "external"            # another tool attaches it: egress says how, and proves the result
//! "#)?;
//! assert_eq!(parsed.spec.subnets.len(), 3);
//! assert_eq!(parsed.warnings, []);
//! # Ok::<(), egress_core::spec::SpecError>(())
//! ```
//!
//! What is there already can be used: it is read, followed and proven, and never altered or deleted. What has no `existing` is
//! made inside the existing network.
//!
//! ```
//! let parsed = egress_core::spec::parse(r#"
//! stack = "prod"
//!
//! [network]
//! name = "pay"
//! existing = "vpc-0123"          # whatever else exists must be in this network
//!
//! [internet_gateway]
//! name = "pay-igw"
//! existing = "igw-0123"          # no `route_table`: no public subnet is made
//!
//! [[public_subnet]]
//! name = "pay-public-a"
//! existing = "subnet-0a"         # `cidr` and `zone` may be left out; where given, they must be right
//!
//! [[private_subnet]]             # keeps its route table, which must lead to its NAT gateway
//! name = "pay-private-a"
//! existing = "subnet-0b"
//!
//! [[private_subnet]]             # this one is made
//! name = "pay-private-b"
//! cidr = "10.20.2.0/24"
//! zone = "eu-west-1b"
//!
//! [[nat_gateway]]
//! name = "pay-nat"
//! route_table = "pay-private"    # for what is made
//! existing_address = "eipalloc-0123" # as `address`, by id; a gateway with `existing` brings its addresses along
//! routes_in = ["rtb-0b"]         # existing tables whose default route egress may make lead here
//!
//! [security_group]
//! name = "pay-functions"
//! existing = "sg-0123"
//! "#)?;
//! assert_eq!(parsed.spec.existing.len(), 6);
//! # Ok::<(), egress_core::spec::SpecError>(())
//! ```
//!
//! # Mistakes
//!
//! All of them are reported at once, each with its place in the file:
//!
//! ```
//! let text = "stack = 'prod'\npreset = 'lambda-static-ip'\nportz = [443]\n[network]\ncidr = '10.0.0.0/8'\n";
//! let error = egress_core::spec::parse(text).expect_err("it has two mistakes");
//! let places: Vec<&str> = error.mistakes.iter().map(|m| &text[m.span.clone()]).collect();
//! assert_eq!(places, ["portz", "'10.0.0.0/8'"]);
//! assert_eq!(error.mistakes[0].hint.as_deref(), Some("did you mean `ports`?"));
//! ```

mod address;
mod check;
mod existing;
mod file;
mod mistake;
mod model;
mod parse;
mod preset;
mod range;
mod read;
mod schema;
mod subnet;
mod syntax;
mod tag;
mod template;
#[cfg(test)]
mod tests;
mod value;
mod words;

pub use mistake::{Mistake, Span, SpecError};
pub use model::*;
pub use parse::{Parsed, parse};
pub use preset::{PRESETS, Preset, preset};
pub use schema::json_schema;
pub(crate) use template::quote;
pub use template::template;
pub(crate) use value::is_name;
pub use words::{closest, did_you_mean};
