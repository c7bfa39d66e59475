//! What was not read.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// The listings that are not in a World, each with what would have to be asked for it, e.g. `aws ec2 describe-network-acls`.
///
/// An absent listing is another thing than an empty one: what depends on it is *unknown*.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Unseen(BTreeMap<Listing, String>);

impl Unseen {
    /// Notes a listing that is missing, and what would have to be asked.
    pub fn add(&mut self, listing: Listing, ask: impl Into<String>) {
        self.0.insert(listing, ask.into());
    }

    /// What would have to be asked for a listing; `None` where it was read.
    pub fn why(&self, listing: Listing) -> Option<&str> {
        self.0.get(&listing).map(String::as_str)
    }

    /// Whether all was read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every listing that is missing, with what would have to be asked.
    pub fn iter(&self) -> impl Iterator<Item = (Listing, &str)> {
        self.0.iter().map(|(listing, ask)| (*listing, ask.as_str()))
    }
}

/// Declares [`Listing`] from a table: one line per listing.
macro_rules! listings {
    ($($id:ident $name:literal,)+) => {
        /// One sort of thing that a cloud lists.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Listing {
            $(#[doc = concat!("The ", $name, ".")] $id,)+
        }

        impl Listing {
            /// Every listing.
            pub const ALL: &[Self] = &[$(Self::$id,)+];

            /// The things, for people.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$id => $name,)+ }
            }
        }
    };
}

listings! {
    Zones "zones",
    Networks "networks",
    Subnets "subnets",
    RouteTables "route tables",
    SecurityGroups "security groups",
    Acls "network ACLs",
    Interfaces "network interfaces",
    Machines "machines",
    Endpoints "endpoints",
    Peerings "peerings",
    PrefixLists "prefix lists",
    TransitGateways "transit gateways",
    TransitAttachments "transit gateway attachments",
    TransitTables "transit gateway route tables",
    BlockPublicAccess "Block Public Access settings",
    InternetGateways "internet gateways",
    EgressOnlyGateways "egress-only gateways",
    NatGateways "NAT gateways",
    Addresses "addresses",
    Functions "functions",
    Versions "published versions",
    Roles "roles",
}

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
