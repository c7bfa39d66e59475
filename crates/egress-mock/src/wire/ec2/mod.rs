//! EC2's Query protocol: networks and gateways.
//!
//! One file a resource: its shape, the table of its filters, and its actions. What they share: [`listing`] (which things a
//! `Describe*` shows: ids, filters, pages), [`ids`] (how each kind is called, in ids and in refusals), [`tags`], and
//! [`shape`] (small things that many answers have).

mod acl_changes;
mod acls;
mod addresses;
mod block_public_access;
mod cidr_blocks;
mod dhcp_options;
mod egress_only_gateways;
mod endpoint_changes;
mod endpoints;
mod filter;
mod groups;
mod ids;
mod instances;
mod interfaces;
mod internet_gateways;
mod launch_templates;
mod listing;
mod nat_gateways;
mod peerings;
mod permissions;
mod prefix_lists;
mod route_tables;
mod routes;
mod rules;
mod shape;
mod subnets;
mod tags;
mod transit;
mod vpc_attributes;
mod vpcs;
mod zones;

#[cfg(test)]
mod tests;

use super::route::Action;

/// Every action, one table a resource.
pub(super) const ACTIONS: &[&[Action]] = &[
    acl_changes::ACTIONS,
    acls::ACTIONS,
    addresses::ACTIONS,
    block_public_access::ACTIONS,
    cidr_blocks::ACTIONS,
    dhcp_options::ACTIONS,
    egress_only_gateways::ACTIONS,
    endpoint_changes::ACTIONS,
    endpoints::ACTIONS,
    groups::ACTIONS,
    instances::ACTIONS,
    interfaces::ACTIONS,
    internet_gateways::ACTIONS,
    launch_templates::ACTIONS,
    nat_gateways::ACTIONS,
    peerings::ACTIONS,
    prefix_lists::ACTIONS,
    route_tables::ACTIONS,
    routes::ACTIONS,
    rules::ACTIONS,
    subnets::ACTIONS,
    tags::ACTIONS,
    transit::ATTACHMENTS,
    transit::GATEWAYS,
    transit::ROUTES,
    transit::TABLES,
    vpc_attributes::ACTIONS,
    vpcs::ACTIONS,
    zones::ACTIONS,
];
