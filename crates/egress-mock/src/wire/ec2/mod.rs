//! EC2's Query protocol: networks and gateways.

use super::route::Action;

/// Every action, one table a resource.
pub(super) const ACTIONS: &[&[Action]] = &[];
