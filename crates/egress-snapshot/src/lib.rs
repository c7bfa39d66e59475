//! A World from files, and files from a World.
//!
//! Whoever may not give away credentials can still give away a folder: of what `aws ec2 describe-*`, `aws lambda list-*` and
//! `aws iam get-*` printed. [`read_dir`] makes a [`World`](egress_core::World) of it for each account and region that it is
//! of, so that traces and diagnoses need neither an SDK nor an account; [`write()`] makes such a folder of a World.
//!
//! ```
//! use egress_snapshot::read;
//!
//! let vpcs = br#"{"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "OwnerId": "123456789012"}]}"#;
//! let zones = br#"{"AvailabilityZones": [{"ZoneName": "eu-west-1a", "ZoneId": "euw1-az1"}]}"#;
//! let files = [("a.json".into(), vpcs.to_vec()), ("b.json".into(), zones.to_vec())];
//! let snapshot = read(files)?;
//!
//! let (place, world) = snapshot.worlds.first_key_value().unwrap();
//! assert_eq!((place.account.as_str(), place.region.as_str()), ("123456789012", "eu-west-1"));
//! assert_eq!(world.network.networks.len(), 1);
//! assert_eq!(world.unseen(egress_core::world::Listing::Subnets), Some("aws ec2 describe-subnets"));
//! # Ok::<(), egress_snapshot::ReadError>(())
//! ```
//!
//! # What a file may hold
//!
//! Answers are known by their top-level keys, never by the names of files. Text is UTF-8, or UTF-16 with its mark, as
//! PowerShell's `>` writes it. A file may hold several answers, one after another or in a list, and each answer may be wrapped as
//! placebo records it (`{"status_code": 200, "data": {…}}`). Pages of one call are united. Fields that are not known here are
//! ignored, and so are answers that no World has room for (VPN gateways, load balancers, …).
//!
//! Some answers do not tell what they are about: `search-transit-gateway-routes`, `get-managed-prefix-list-entries`,
//! `get-function-concurrency`, `list-role-policies`. There the name must stand in the file's name, or in that of a folder.
//!
//! # The same thing twice
//!
//! What two files say of one thing is united field by field. Where both tell a field, the later file counts, in the order of
//! their paths; if they differ, a [`Note`] says so.
//!
//! # Whose it is
//!
//! Each half of a [`Place`](egress_core::world::Place), account and region, is found by itself, for each entry of an answer:
//!
//! 1. by what the entry says: its owner or ARN; its zone, its ARN, its service's name. What may be shared with other accounts
//!    (networks, subnets, route tables, hubs, …) can name an owner that is not the account that was asked: then the account is the
//!    one that `get-caller-identity`, or things that are never shared (interfaces, machines, functions, …), tell in the same
//!    folder. If they tell several, the owner must be one of them. So: give each account a folder of its own;
//! 2. by what it is tied to: a NAT gateway is where its network is;
//! 3. by the other entries of the answer;
//! 4. by the name of the file or a folder above, where that holds a region's name or twelve digits;
//! 5. by the nearest folder above whose files, sub-folders included, tell just one.
//!
//! Where no file tells at all, the half is empty. What could belong to several places is left out, a [`Note`] says so, and the
//! listing counts as not read in all of them. A peering is in every place that holds one of its networks; a role is in every
//! region of its account.
//!
//! # What was not there, and what cannot be read
//!
//! A listing of which no answer was found is [unseen](egress_core::world::Unseen), with the call that would tell it. An entry that
//! cannot be read is a [`Note`], and its listing is unseen too: a verdict that depends on it is *unknown* rather than wrong.

mod ask;
mod aws;
mod note;
mod read;
pub mod terraform;
#[cfg(test)]
mod tests;
pub mod text;
mod write;

pub use ask::ask;
pub use note::Note;
pub use read::{ReadError, Snapshot, read, read_dir};
pub use write::write;
