//! What a run has shown, and what it had to show.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use egress_core::trace::{RuleId, SourceAddress};

use super::{
    case::Case,
    compare::Compared,
    twist::{Shows, TWISTS},
};

/// How many Worlds the aims below are for; of fewer, as many fewer are asked for.
const AIM_WORLDS: usize = 500;
/// In how many Worlds each rule that the kernel can show must be the only reason why connections die.
const EACH_RULE: usize = 20;
/// In how many Worlds each twist must do what it is there for.
const EACH_TWIST: usize = 3;
/// How many of a hundred questions must be answered *reaches*.
const REACH: usize = 30;
/// How many of a hundred questions may be beyond trace.
const UNKNOWN: usize = 2;

/// Whether a kernel can show a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kernel {
    /// It can: packets die of what the rule names.
    Shows,
    /// It cannot, and why.
    Not(&'static str),
}

/// Every rule of the table.
const RULES: &[(RuleId, Kernel)] = {
    use Kernel::{Not, Shows};
    &[
        (RuleId::LambdaPublicSubnet, Shows),
        (RuleId::NoDefaultRoute, Shows),
        (RuleId::MainTableFallback, Shows),
        (RuleId::RouteBlackhole, Shows),
        (RuleId::RouteFiltered, Shows),
        (RuleId::ReservedDestination, Shows),
        (RuleId::PrivateDestination, Shows),
        (RuleId::IgwNotAttached, Shows),
        (RuleId::EigwNotAttached, Not("the lab is IPv4")),
        (RuleId::BpaBlocks, Not("it is the account's own switch, for which no setting of a kernel stands")),
        (RuleId::EipOnLambdaEni, Not("no packet dies by it")),
        (RuleId::NatRouteBlackhole, Shows),
        (RuleId::NatNotAvailable, Shows),
        (RuleId::NatNoAddress, Shows),
        (RuleId::NatProtocol, Not("the lab makes TCP connections, which every NAT gateway translates")),
        (RuleId::NatIsNoHost, Not("a namespace that listens to nothing refuses, whatever it stands for")),
        (RuleId::NatInPrivateSubnet, Shows),
        (RuleId::DefaultToSelfNat, Shows),
        (RuleId::PrivateNatToIgw, Shows),
        (RuleId::RegionalNatAutoIps, Not("no packet dies by it")),
        (RuleId::NatInstanceSrcdstCheck, Not("the lab builds no machine that translates")),
        (RuleId::NatInstanceDown, Not("the lab builds no machine that translates")),
        (RuleId::NatInstanceNoAddress, Not("the lab builds no machine that translates")),
        (RuleId::NoSuchHost, Shows),
        (RuleId::SgEgressBlocks, Shows),
        (RuleId::SgIngressBlocks, Shows),
        (RuleId::VpceSgBlocks, Not("the lab builds no endpoints")),
        (RuleId::VpceDnsMismatch, Not("no packet dies by it")),
        (RuleId::GatewayEndpointBypass, Not("no packet dies by it")),
        (RuleId::NaclBlocksForward, Shows),
        (RuleId::NaclBlocksReturn, Shows),
        (RuleId::NatNaclBlocks, Shows),
        (RuleId::CrossZoneNat, Not("no packet dies by it: it is a warning")),
        (RuleId::PeeringNotActive, Shows),
        (RuleId::PeeringOutside, Shows),
        (RuleId::MachineStopped, Not("the lab sends from functions")),
        (RuleId::Ipv6NotAllowed, Not("the lab is IPv4")),
        (RuleId::NoAddressOfFamily, Not("the lab is IPv4")),
        (RuleId::NoReturnRoute, Not("the lab's hosts on the internet are nobody's of the account")),
        (RuleId::PeeringReturnRoute, Not("the lab does not build what is behind a peering")),
        (RuleId::TgwNotAttached, Not("the lab builds no hubs")),
        (RuleId::TgwZoneNotAttached, Not("the lab builds no hubs")),
        (RuleId::TgwNoTable, Not("the lab builds no hubs")),
        (RuleId::TgwNoRoute, Not("the lab builds no hubs")),
        (RuleId::TgwRouteBlackhole, Not("the lab builds no hubs")),
        (RuleId::TgwNaclBlocks, Not("the lab builds no hubs")),
        (RuleId::TgwUntranslated, Not("the lab builds no hubs")),
        (RuleId::TgwReturnRoute, Not("the lab builds no hubs")),
        (RuleId::NotInVpc, Not("a function in no network has no interface that a namespace could stand for")),
        (RuleId::EniPermission, Not("no packet dies by it: the doctor finds it beside the paths")),
        (RuleId::MixedSubnets, Not("no packet dies by it: the doctor finds it beside the paths")),
        (RuleId::EipNotOwned, Not("no packet dies by it: the doctor finds it beside the paths")),
        (RuleId::DnsBroken, Not("the lab asks no names")),
        (RuleId::MultipleSourceIps, Not("no packet dies by it")),
        (RuleId::MoreSpecificBypass, Not("no packet dies by it")),
        (RuleId::Ipv6Bypass, Not("no packet dies by it")),
        (RuleId::EniCapacity, Not("no packet dies by it")),
        (RuleId::PortExhaustionRisk, Not("no packet dies by it")),
        (RuleId::FunctionInactive, Not("no packet dies by it")),
        (RuleId::NatIdle350, Not("no packet dies by it")),
        (RuleId::PublishedVersionHoldsEni, Not("no packet dies by it")),
        (RuleId::UnusedNatCost, Not("no packet dies by it")),
        (RuleId::UnattachedAddressCost, Not("no packet dies by it")),
    ]
};

/// What a run has shown.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    worlds: usize,
    reaches: usize,
    drops: usize,
    mixed: usize,
    unknown: usize,
    /// Worlds in which the only reason of a path that dies is this rule.
    rules: BTreeMap<RuleId, usize>,
    /// Worlds in which a twist did what it is there for.
    twists: BTreeMap<&'static str, usize>,
    /// Worlds in which the only way out has several addresses, and the server saw them all.
    several_addresses: usize,
    /// Worlds in which some subnets reach an address and others do not.
    mixed_subnets: usize,
    /// What trace lacked, and how often.
    missing: BTreeMap<String, usize>,
}

impl Coverage {
    /// Takes in a Case on which both agree.
    pub(super) fn note(&mut self, case: &Case, compared: &[Compared]) {
        self.worlds += 1;
        for one in compared {
            match (&one.said.reaches, &one.said.drops, one.said.missing.first()) {
                (_, _, Some(missing)) => {
                    self.unknown += 1;
                    *self.missing.entry(missing.clone()).or_default() += 1;
                }
                (Some(_), None, None) => self.reaches += 1,
                (None, _, None) => self.drops += 1,
                (Some(_), Some(_), None) => self.mixed += 1,
            }
        }
        let known = || compared.iter().filter(|c| c.said.missing.is_empty());
        let alone = known().filter_map(|c| match c.said.drops.as_deref() {
            Some([reason]) => Some(reason.rule),
            _ => None,
        });
        for rule in alone.collect::<BTreeSet<_>>() {
            *self.rules.entry(rule).or_default() += 1;
        }
        for twist in TWISTS {
            let places: BTreeSet<_> =
                case.twists.iter().filter(|done| done.name == twist.name).map(|t| &t.at).collect();
            let shown = known().filter(|c| places.contains(&c.subnet)).any(|c| match twist.shows {
                Shows::Reach => c.seen.arrived > 0 && c.seen.died == 0,
                Shows::Drop => c.seen.arrived == 0,
                Shows::Both => c.seen.arrived > 0 && c.seen.died > 0,
            });
            *self.twists.entry(twist.name).or_default() += usize::from(shown);
        }
        let fixed = |c: &&Compared| {
            let sources = c.said.reaches.iter().flatten();
            sources.filter(|source| matches!(source, SourceAddress::Fixed { .. })).count() > 1
        };
        self.several_addresses += usize::from(known().any(|c| fixed(&c)));
        let subnets_differ = known().any(|c| {
            let arrives = c.seen.arrived > 0;
            known().any(|other| other.probe == c.probe && (other.seen.arrived > 0) != arrives)
        });
        self.mixed_subnets += usize::from(subnets_differ);
    }

    /// The aims that were missed, as sentences.
    pub(super) fn missed(&self) -> Vec<String> {
        let mut missed = Vec::new();
        let questions = self.reaches + self.drops + self.mixed + self.unknown;
        let mut at_least = |what: &str, is: usize, aim: usize| {
            if is < aim {
                missed.push(format!("{what}: {is}, not {aim}"));
            }
        };
        at_least("questions answered reaches", self.reaches, questions * REACH / 100);
        let scaled = |aim: usize| aim * self.worlds.min(AIM_WORLDS) / AIM_WORLDS;
        for (rule, _) in RULES.iter().filter(|(_, kernel)| *kernel == Kernel::Shows) {
            at_least(rule.as_str(), self.rules.get(rule).copied().unwrap_or(0), scaled(EACH_RULE));
        }
        for twist in TWISTS {
            at_least(twist.name, self.twists.get(twist.name).copied().unwrap_or(0), scaled(EACH_TWIST));
        }
        at_least("Worlds with all of several addresses seen", self.several_addresses, scaled(EACH_RULE));
        at_least("Worlds with subnets that differ", self.mixed_subnets, scaled(EACH_RULE));
        if self.unknown > questions * UNKNOWN / 100 {
            missed.push(format!("questions beyond trace: {}, more than {UNKNOWN} of 100", self.unknown));
        }
        missed
    }

    /// All of it, for people.
    pub(super) fn text(&self) -> String {
        let Self { worlds, reaches, drops, mixed, unknown, .. } = self;
        let questions = reaches + drops + mixed + unknown;
        let share = |n: &usize| (n * 100).checked_div(questions).unwrap_or(0);
        let mut text = format!("{worlds} Worlds, {questions} questions\n");
        for (name, count) in [("reaches", reaches), ("drops", drops), ("mixed", mixed), ("unknown", unknown)] {
            line(&mut text, name, format_args!("{count:>6} ({} %)", share(count)));
        }
        text += "Worlds in which a connection dies by this rule alone\n";
        for (rule, kernel) in RULES {
            let count = self.rules.get(rule).copied().unwrap_or(0);
            match kernel {
                Kernel::Shows => line(&mut text, rule.as_str(), format_args!("{count:>6}")),
                Kernel::Not(why) => line(&mut text, rule.as_str(), format_args!("     - ({why})")),
            }
        }
        text += "Worlds in which this was seen\n";
        for twist in TWISTS {
            let count = self.twists.get(twist.name).copied().unwrap_or(0);
            line(&mut text, twist.name, format_args!("{count:>6}"));
        }
        line(&mut text, "all of several addresses", format_args!("{:>6}", self.several_addresses));
        line(&mut text, "subnets that differ", format_args!("{:>6}", self.mixed_subnets));
        for (missing, count) in &self.missing {
            line(&mut text, "beyond trace", format_args!("{count:>6} ({missing})"));
        }
        text
    }
}

fn line(text: &mut String, name: &str, count: std::fmt::Arguments<'_>) {
    // A String takes all that is written.
    let _ = writeln!(text, "  {name:<28}{count}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_rule_once() {
        let rules: Vec<_> = RULES.iter().map(|(rule, _)| *rule).collect();
        assert_eq!(rules, RuleId::ALL);
    }

    #[test]
    fn a_run_that_shows_nothing_misses_every_aim() {
        let nothing = Coverage { worlds: AIM_WORLDS, ..Coverage::default() };
        let shown_by_kernel = RULES.iter().filter(|(_, kernel)| *kernel == Kernel::Shows).count();
        assert_eq!(nothing.missed().len(), shown_by_kernel + TWISTS.len() + 2);
        assert_eq!(Coverage::default().missed(), Vec::<String>::new());
    }
}
