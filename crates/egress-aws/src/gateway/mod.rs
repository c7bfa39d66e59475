//! Internet gateways, NAT gateways and addresses: EC2.

mod convert;
mod ops;

use egress_core::{
    CloudError, CloudId, GatewayProvider, Outcome, Scope, Token, async_trait,
    op::GatewayOp,
    tags,
    world::{self, GatewayPart, InternetGateway, Listing},
};
use futures::join;

use crate::{
    AwsCloud,
    client::Refusal,
    gaps::Gaps,
    network::networks_of,
    wire::{filter, pages, unreadable_in},
};

#[async_trait]
impl GatewayProvider for AwsCloud {
    /// Internet gateways are read without a filter, because one that is attached to nothing is in no network; a region has
    /// five of them by default. A NAT gateway is found by its network. One that carries the stack's tag in another network is
    /// not seen, unless the stack has no network at all: then the tag is what is asked for. Egress-only gateways, which carry
    /// IPv6 alone, are read in the scope of everything only.
    async fn observe_gateways(&self, scope: &Scope) -> Result<GatewayPart, CloudError> {
        if matches!(scope, Scope::Lease { .. }) {
            return Ok(GatewayPart::default());
        }
        let ec2 = &self.reads().ec2;
        let nat_gateways = async {
            let request = ec2.describe_nat_gateways().max_results(1000);
            match scope {
                Scope::Everything | Scope::Lease { .. } => {
                    Ok((pages!(self, "DescribeNatGateways", request).await?, None))
                }
                Scope::Stack { stack, functions, networks } => {
                    let networks = networks_of(self, stack, functions, networks).await?;
                    let which = match networks.is_empty() {
                        true => filter(&format!("tag:{}", tags::STACK), [stack]),
                        false => filter("vpc-id", &networks),
                    };
                    Ok((pages!(self, "DescribeNatGateways", request.filter(which)).await?, Some(networks)))
                }
            }
        };
        let everything = scope == &Scope::Everything;
        let egress_only = async {
            // This call has pages of 255 at most.
            let request = ec2.describe_egress_only_internet_gateways().max_results(255);
            if everything { pages!(self, "DescribeEgressOnlyInternetGateways", request).await } else { Ok(Vec::new()) }
        };
        let addresses = async {
            let read = self.call("DescribeAddresses", None::<&str>).read(ec2.describe_addresses().send()).await?;
            Ok(read.addresses.unwrap_or_default())
        };
        let (internet, nat, egress_only, addresses) = join!(
            pages!(self, "DescribeInternetGateways", ec2.describe_internet_gateways().max_results(1000)),
            nat_gateways,
            egress_only,
            addresses,
        );
        let (gaps, mut part) = (Gaps::of(scope), GatewayPart::default());
        let internet = gaps.take(&mut part.unseen, Listing::InternetGateways, internet)?;
        let (nat, networks) = gaps.take(&mut part.unseen, Listing::NatGateways, nat)?;
        let egress_only = gaps.take(&mut part.unseen, Listing::EgressOnlyGateways, egress_only)?;
        let addresses = gaps.take(&mut part.unseen, Listing::Addresses, addresses)?;
        for gateway in &internet {
            let gateway = convert::internet_gateway(gateway).map_err(unreadable_in("DescribeInternetGateways"))?;
            let inside = |network: &CloudId| networks.as_ref().is_none_or(|networks| networks.contains(network));
            if in_scope(&gateway, scope) || gateway.network.as_ref().is_some_and(inside) {
                part.internet_gateways.insert(gateway.id.clone(), gateway);
            }
        }
        for gateway in &nat {
            let gateway = convert::nat_gateway(gateway).map_err(unreadable_in("DescribeNatGateways"))?;
            part.nat_gateways.insert(gateway.id.clone(), gateway);
        }
        for gateway in &egress_only {
            let gateway =
                convert::egress_only_gateway(gateway).map_err(unreadable_in("DescribeEgressOnlyInternetGateways"))?;
            part.egress_only_gateways.insert(gateway.id.clone(), gateway);
        }
        let holders = world::holders(part.nat_gateways.values());
        part.addresses = convert::addresses(&addresses, &holders).map_err(unreadable_in("DescribeAddresses"))?;
        Ok(part)
    }

    async fn apply_gateway(&self, op: &GatewayOp<CloudId>, token: &Token) -> Outcome {
        Refusal::outcome(ops::apply(self, op, token).await)
    }
}

fn in_scope(gateway: &InternetGateway, scope: &Scope) -> bool {
    match scope {
        Scope::Everything => true,
        Scope::Stack { stack, .. } | Scope::Lease { stack } => {
            gateway.tags.get(tags::STACK).is_some_and(|name| name == stack.as_str())
        }
    }
}
