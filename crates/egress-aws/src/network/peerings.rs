//! Peerings as AWS describes them.

use aws_sdk_ec2::types::{self as aws, VpcPeeringConnectionStateReasonCode as Code};
use egress_core::{
    ipnet::IpNet,
    world::{Peering, PeeringEnd},
};

use crate::wire::{Flaw, Read, cidr_v4, cidr_v6, id, must, tags};

/// A peering; `None` for one that is gone or never came to be.
pub(super) fn peering(peering: &aws::VpcPeeringConnection) -> Read<Option<Peering>> {
    let code = peering.status().and_then(|status| status.code());
    if matches!(code, Some(Code::Deleted | Code::Rejected | Code::Expired | Code::Failed)) {
        return Ok(None);
    }
    Ok(Some(Peering {
        id: id("vpcPeeringConnectionId", peering.vpc_peering_connection_id())?,
        requester: end(peering.requester_vpc_info())?,
        accepter: end(peering.accepter_vpc_info())?,
        active: code == Some(&Code::Active),
        tags: tags(peering.tags()),
    }))
}

fn end(end: Option<&aws::VpcPeeringConnectionVpcInfo>) -> Read<PeeringEnd> {
    let end = end.ok_or_else(|| Flaw::new("a peering has one end only"))?;
    let mut cidrs = Vec::new();
    if let Some(primary) = end.cidr_block().filter(|range| !range.is_empty()) {
        cidrs.push(IpNet::V4(cidr_v4(primary)?));
    }
    for more in end.cidr_block_set() {
        cidrs.push(IpNet::V4(cidr_v4(must("cidrBlock", more.cidr_block())?)?));
    }
    for more in end.ipv6_cidr_block_set() {
        cidrs.push(IpNet::V6(cidr_v6(must("ipv6CidrBlock", more.ipv6_cidr_block())?)?));
    }
    cidrs.sort();
    cidrs.dedup();
    Ok(PeeringEnd { network: id("vpcId", end.vpc_id())?, cidrs })
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{VpcPeeringConnectionStateReason, VpcPeeringConnectionVpcInfo};

    use super::*;

    fn with(code: Code, range: &str) -> Read<Option<Peering>> {
        let end = |vpc: &str, range: &str| VpcPeeringConnectionVpcInfo::builder().vpc_id(vpc).cidr_block(range).build();
        let described = aws::VpcPeeringConnection::builder()
            .vpc_peering_connection_id("pcx-1")
            .status(VpcPeeringConnectionStateReason::builder().code(code).build())
            .requester_vpc_info(end("vpc-1", "10.0.0.0/16"))
            .accepter_vpc_info(end("vpc-2", range));
        peering(&described.build())
    }

    #[test]
    fn only_an_active_peering_carries_packets_and_a_gone_one_is_not_there() {
        assert_eq!(with(Code::Active, "10.1.0.0/16").unwrap().map(|p| p.active), Some(true));
        assert_eq!(with(Code::PendingAcceptance, "10.1.0.0/16").unwrap().map(|p| p.active), Some(false));
        assert_eq!(with(Code::Deleted, "10.1.0.0/16"), Ok(None));
        assert!(with(Code::Active, "everything").is_err());
    }
}
