//! Leases: marks with names of their own, which keep two runs apart.

use serde::{Deserialize, Serialize};

use crate::{CloudId, Tags};

/// A mark that at most one caller at a time can have made, because its name is unique in its account and region.
///
/// It does nothing, costs nothing and belongs to no network; what it means stands in its tags. At AWS it is an EC2 launch
/// template that nobody launches anything from. It is looked for in [`Scope::Lease`](crate::Scope::Lease), and is never
/// planned, drawn or paid for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// What the cloud calls it; never given to another one, so that deleting by it never hits a newer lease.
    pub id: CloudId,
    /// Its name.
    pub name: String,
    /// As whom the cloud knows its maker, where it tells: an ARN.
    pub created_by: Option<String>,
    /// Its tags.
    pub tags: Tags,
}
