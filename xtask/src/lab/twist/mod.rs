//! What is done to a working World, in one table.

mod acls;
mod gateways;
mod groups;
mod inside;
mod routes;

use egress_core::CloudId;

use super::world::Draft;

/// One thing that is done to a World, at one of the function's subnets.
pub(super) struct Twist {
    pub(super) name: &'static str,
    /// How often it has its turn, beside the others.
    pub(super) weight: usize,
    /// What is seen where it does what it is there for.
    pub(super) shows: Shows,
    pub(super) apply: fn(&mut Draft, &CloudId),
}

/// What becomes of the connections of one subnet to one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shows {
    /// All arrive.
    Reach,
    /// All die.
    Drop,
    /// Some arrive, some die.
    Both,
}

const fn twist(name: &'static str, weight: usize, shows: Shows, apply: fn(&mut Draft, &CloudId)) -> Twist {
    Twist { name, weight, shows, apply }
}

/// Every twist.
pub(super) const TWISTS: &[Twist] = {
    use Shows::{Both, Drop, Reach};
    &[
        // Which route decides.
        twist("no-route", 4, Drop, routes::no_route),
        twist("main-table", 4, Drop, routes::main_table),
        twist("main-table-serves", 1, Reach, routes::main_table_serves),
        twist("blackhole", 1, Drop, routes::blackhole),
        twist("specific-blackhole", 2, Drop, routes::specific_blackhole),
        twist("filtered", 4, Drop, routes::filtered),
        twist("specific-nat", 1, Reach, routes::specific_nat),
        twist("three-lengths", 1, Reach, routes::three_lengths),
        twist("prefix-list-route", 1, Reach, routes::prefix_list),
        twist("prefix-list-blackhole", 1, Drop, routes::prefix_list_blackhole),
        twist("prefix-list-loses", 1, Reach, routes::prefix_list_loses),
        twist("propagated-loses", 1, Reach, routes::propagated_loses),
        twist("links-not-in-force", 1, Reach, routes::links_not_in_force),
        twist("shared-table", 1, Reach, routes::shared_table),
        twist("reserved", 4, Drop, routes::reserved),
        // Gateways.
        twist("public-subnet", 4, Drop, gateways::public_subnet),
        twist("own-public-address", 1, Reach, gateways::own_public_address),
        twist("private-destination", 4, Drop, gateways::private_destination),
        twist("igw-detached", 4, Drop, gateways::detached),
        twist("nat-gone", 4, Drop, gateways::nat_gone),
        twist("nat-not-available", 4, Drop, gateways::nat_not_available),
        twist("nat-without-address", 4, Drop, gateways::nat_without_address),
        twist("nat-partly-addressed", 1, Reach, gateways::nat_partly_addressed),
        twist("nat-private-subnet", 4, Drop, gateways::nat_in_private_subnet),
        twist("nat-specific-way", 1, Drop, gateways::nat_with_a_hole),
        twist("nat-loop", 4, Drop, gateways::nat_loop),
        twist("private-nat", 4, Drop, gateways::private_nat),
        twist("gateway-endpoint", 1, Reach, gateways::endpoint),
        twist("peering-inactive", 5, Drop, gateways::peering_inactive),
        twist("peering-outside", 5, Drop, gateways::peering_outside),
        // Security groups.
        twist("sg-no-egress", 2, Drop, groups::no_egress),
        twist("sg-other-egress", 2, Drop, groups::other_egress),
        twist("sg-exact", 1, Reach, groups::exact),
        twist("sg-two-groups", 1, Reach, groups::two_groups),
        twist("sg-prefix-list", 1, Reach, groups::prefix_list),
        // ACLs on the way to the internet.
        twist("acl-out", 3, Drop, acls::out),
        twist("acl-back", 2, Drop, acls::back),
        twist("acl-nat-in", 1, Drop, acls::nat_in),
        twist("acl-nat-out", 1, Drop, acls::nat_out),
        twist("acl-nat-back", 1, Drop, acls::nat_back),
        twist("acl-nat-answer", 1, Drop, acls::nat_answer),
        twist("gap-back", 1, Both, acls::gap_back),
        twist("gap-nat-back", 1, Both, acls::gap_nat_back),
        twist("gap-nat-answer", 1, Both, acls::gap_nat_answer),
        twist("acl-half-of-a-subnet", 1, Drop, acls::half_of_a_subnet),
        twist("acl-order", 1, Reach, acls::order),
        twist("acl-exact", 1, Reach, acls::exact),
        // Destinations inside.
        twist("inside", 1, Reach, inside::elsewhere),
        twist("inside-same-subnet", 1, Reach, inside::same_subnet),
        twist("inside-nobody", 5, Drop, inside::nobody),
        twist("inside-no-ingress", 3, Drop, inside::no_ingress),
        twist("inside-other-ingress", 2, Drop, inside::other_ingress),
        twist("inside-acl-in", 2, Drop, inside::acl_in),
        twist("inside-acl-back", 1, Drop, inside::acl_back),
        twist("inside-gap", 1, Both, inside::gap),
        twist("inside-propagated-loses", 1, Reach, inside::propagated_loses),
        twist("inside-static-wins", 1, Drop, inside::static_wins),
    ]
};
