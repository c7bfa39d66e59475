//! What a stack costs.

use serde::{Deserialize, Serialize};

use crate::{Owner, StackName, World};

/// What a stack costs each month, before traffic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// The parts.
    pub lines: Vec<CostLine>,
    /// Their sum over [`HOURS_PER_MONTH`], in millionths of the currency unit; `None` where any price is unknown.
    pub monthly_micros: Option<u64>,
    /// The currency, e.g. `USD`.
    pub currency: String,
    /// Where the prices are from and when they were read; `unknown` for a region that the table lacks.
    pub source: String,
}

/// One part of a cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostLine {
    /// What is paid for.
    pub what: String,
    /// How many.
    pub count: u32,
    /// What one costs an hour, in millionths of the currency unit, where it is known.
    pub hourly_micros: Option<u64>,
}

/// The length of a month in bills.
pub const HOURS_PER_MONTH: u64 = 730;

/// Prices of one region, in millionths of the currency unit.
#[derive(Clone, Copy, Debug)]
struct Prices {
    region: &'static str,
    nat_gateway_hour: u64,
    address_hour: u64,
}

/// When and where the prices of [`PRICES`] were read.
const READ: &str = "AWS's public price lists (VPC pricing page), read 2026-11";

/// Which currency bills are in, by how a region's name begins; the first that fits decides. AWS China bills in yuan
/// (<https://docs.amazonaws.cn/en_us/aws/latest/userguide/introduction.html>).
const CURRENCIES: [(&str, &str); 2] = [("cn-", "CNY"), ("", "USD")];

/// Prices by region, in its currency. Beijing's and Ningxia's stand on pages that nobody here could read, so they are not
/// here: a price that is not known is said to be unknown. A NAT gateway also costs by the gigabyte, which depends on the traffic and is not counted here.
#[rustfmt::skip]
const PRICES: &[Prices] = &[
    Prices { region: "ap-northeast-1", nat_gateway_hour: 62_000, address_hour: 5_000 },
    Prices { region: "ap-southeast-1", nat_gateway_hour: 59_000, address_hour: 5_000 },
    Prices { region: "eu-central-1",   nat_gateway_hour: 52_000, address_hour: 5_000 },
    Prices { region: "eu-west-1",      nat_gateway_hour: 48_000, address_hour: 5_000 },
    Prices { region: "us-east-1",      nat_gateway_hour: 45_000, address_hour: 5_000 },
];

/// What the things of a stack cost in the region that the World is of: its live NAT gateways, and its addresses whether they
/// are attached or not.
pub fn of_stack(world: &World, stack: &StackName) -> Cost {
    let ours = |tags| Owner::of(tags).is_some_and(|o| &o.stack == stack);
    let gateways = world.gateway.nat_gateways.values().filter(|g| g.state.is_live() && ours(&g.tags)).count();
    let addresses = (world.gateway.addresses.values())
        .filter(|a| {
            ours(&a.tags)
                || a.nat_gateway.as_ref().and_then(|g| world.gateway.nat_gateways.get(g)).is_some_and(|g| ours(&g.tags))
        })
        .count();
    let region = world.network.place.region.as_str();
    let prices = PRICES.iter().find(|p| p.region == region);
    let line = |what: &str, count: usize, price: fn(&Prices) -> u64| CostLine {
        what: what.to_owned(),
        count: u32::try_from(count).unwrap_or(u32::MAX),
        hourly_micros: prices.map(price),
    };
    let lines: Vec<CostLine> = [
        line("NAT gateway", gateways, |p| p.nat_gateway_hour),
        line("public IPv4 address", addresses, |p| p.address_hour),
    ]
    .into_iter()
    .filter(|line| line.count > 0)
    .collect();
    let month = |line: &CostLine| Some(u64::from(line.count) * line.hourly_micros? * HOURS_PER_MONTH);
    Cost {
        monthly_micros: lines.iter().map(month).sum(),
        lines,
        currency: currency(region).to_owned(),
        source: if prices.is_some() { READ.to_owned() } else { "unknown".to_owned() },
    }
}

fn currency(region: &str) -> &'static str {
    CURRENCIES.iter().find(|(begins, _)| region.starts_with(begins)).map_or("", |(_, currency)| currency)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Key, Kind,
        world::{Address, NatGateway, NatScope, NatState},
    };

    /// A World with one address of the stack's, in this region.
    fn cost_in(region: &str) -> Cost {
        let mut world = World::default();
        world.network.place.region = region.to_owned();
        let stack = StackName::new("shop").unwrap();
        let owner = Owner { stack: stack.clone(), key: Key::new(Kind::Address, "a") };
        let (tags, id) = (owner.tags(&Default::default()), crate::CloudId::new("eipalloc-1"));
        let address = Address { id: id.clone(), ip: None, interface: None, nat_gateway: None, tags };
        world.gateway.addresses.insert(id, address);
        of_stack(&world, &stack)
    }

    #[test]
    fn every_address_of_a_gateway_is_on_the_bill_whoever_allocated_it() {
        let mut world = World::default();
        world.network.place.region = "us-east-1".to_owned();
        let stack = StackName::new("shop").unwrap();
        let tags = |kind, name| Owner { stack: stack.clone(), key: Key::new(kind, name) }.tags(&Default::default());
        let nat = NatGateway {
            id: "nat-1".into(),
            network: "vpc-1".into(),
            scope: NatScope::Subnet("subnet-1".into()),
            public: true,
            state: NatState::Available,
            addresses: Vec::new(),
            tags: tags(Kind::NatGateway, "a"),
        };
        world.gateway.nat_gateways.insert(nat.id.clone(), nat);
        let on_it = Some("nat-1".into());
        for (id, nat_gateway, tags) in [
            ("own", on_it.clone(), tags(Kind::Address, "a")),
            ("users", on_it, Default::default()),
            ("parked", None, tags(Kind::Address, "b")),
            ("others", None, Default::default()),
        ] {
            let address = Address { id: id.into(), ip: None, interface: None, nat_gateway, tags };
            world.gateway.addresses.insert(id.into(), address);
        }
        let counts: Vec<u32> = of_stack(&world, &stack).lines.iter().map(|line| line.count).collect();
        assert_eq!(counts, [1, 3]);
    }

    #[test]
    fn a_bill_is_in_the_currency_of_its_region_and_an_unknown_price_is_unknown() {
        let told = |region| {
            let cost = cost_in(region);
            (cost.currency, cost.monthly_micros, cost.source)
        };
        assert_eq!(told("ap-northeast-1"), ("USD".to_owned(), Some(3_650_000), READ.to_owned()));
        assert_eq!(told("cn-north-1"), ("CNY".to_owned(), None, "unknown".to_owned()));
        assert_eq!(told("us-gov-west-1"), ("USD".to_owned(), None, "unknown".to_owned()));
    }
}
