//! Peerings.

use egress_core::{
    ipnet::IpNet,
    world::{Peering, PeeringEnd},
};

use super::{
    shapes,
    tags::{Code, Tag, tag_list, tags},
};
use crate::text::{Flaw, Read, cidr_v4, cidr_v6, filled, id, must};

shapes! {
    /// A peering.
    VpcPeeringConnection {
        vpc_peering_connection_id: Option<String>,
        status: Option<Code>,
        requester_vpc_info: Option<End>,
        accepter_vpc_info: Option<End>,
        tags: Vec<Tag>,
    }
    /// One end of it.
    End {
        vpc_id: Option<String>,
        cidr_block: Option<String>,
        cidr_block_set: Vec<Cidr>,
        ipv6_cidr_block_set: Vec<Ipv6Cidr>,
    }
    /// A range of an end.
    Cidr { cidr_block: Option<String>, }
    /// An IPv6 range of an end.
    Ipv6Cidr { ipv6_cidr_block: Option<String>, }
}

/// A peering; `None` for one that is gone or never came to be.
pub(crate) fn peering(peering: VpcPeeringConnection) -> Read<Option<Peering>> {
    let code = peering.status.as_ref().and_then(|status| status.code.as_deref());
    if matches!(code, Some("deleted" | "rejected" | "expired" | "failed")) {
        return Ok(None);
    }
    Ok(Some(Peering {
        id: id("VpcPeeringConnectionId", peering.vpc_peering_connection_id.as_deref())?,
        requester: end(peering.requester_vpc_info.as_ref())?,
        accepter: end(peering.accepter_vpc_info.as_ref())?,
        active: code == Some("active"),
        tags: tags(peering.tags),
    }))
}

fn end(end: Option<&End>) -> Read<PeeringEnd> {
    let end = end.ok_or_else(|| Flaw::new("it has one end only"))?;
    let mut cidrs = Vec::new();
    if let Some(primary) = filled(end.cidr_block.as_deref()) {
        cidrs.push(IpNet::V4(cidr_v4(primary)?));
    }
    for more in &end.cidr_block_set {
        cidrs.push(IpNet::V4(cidr_v4(must("CidrBlock", more.cidr_block.as_deref())?)?));
    }
    for more in &end.ipv6_cidr_block_set {
        cidrs.push(IpNet::V6(cidr_v6(must("Ipv6CidrBlock", more.ipv6_cidr_block.as_deref())?)?));
    }
    cidrs.sort();
    cidrs.dedup();
    Ok(PeeringEnd { network: id("VpcId", end.vpc_id.as_deref())?, cidrs })
}

/// The shape of a peering.
pub(crate) fn shape_of(peering: &Peering) -> VpcPeeringConnection {
    let code = if peering.active { "active" } else { "pending-acceptance" };
    VpcPeeringConnection {
        vpc_peering_connection_id: Some(peering.id.to_string()),
        status: Some(Code { code: Some(code.to_owned()) }),
        requester_vpc_info: Some(end_shape(&peering.requester)),
        accepter_vpc_info: Some(end_shape(&peering.accepter)),
        tags: tag_list(&peering.tags),
    }
}

fn end_shape(end: &PeeringEnd) -> End {
    let mut shape = End { vpc_id: Some(end.network.to_string()), ..End::default() };
    for range in &end.cidrs {
        let text = Some(range.to_string());
        match range {
            IpNet::V4(_) => shape.cidr_block_set.push(Cidr { cidr_block: text }),
            IpNet::V6(_) => shape.ipv6_cidr_block_set.push(Ipv6Cidr { ipv6_cidr_block: text }),
        }
    }
    shape.cidr_block = shape.cidr_block_set.first().and_then(|range| range.cidr_block.clone());
    shape
}
