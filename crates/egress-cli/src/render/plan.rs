//! A Plan as people read it: first what happens to the egress IPs, then the steps, then the bill.

use egress_core::{
    plan::{AddressChange, Connectivity, Fate, Gap, Plan},
    report::cost::{Cost, CostLine},
};

use super::{
    View,
    steps::table,
    style,
    text::{columns, money, paint},
};
use crate::output::notice_text;

impl View for Plan {
    fn human(&self) -> String {
        let mut text = headline(self);
        text.push_str(&table(&self.steps));
        if !self.notices.is_empty() {
            text.push('\n');
            text.extend(self.notices.iter().map(notice_text));
        }
        text + "\n" + &cost(&self.cost)
    }
}

/// What the plan is for, and what becomes of the egress IPs.
fn headline(plan: &Plan) -> String {
    let place = &plan.place;
    let title = format!("stack {} in {}, account {}", plan.stack, place.region, place.account);
    let mut text = format!("{}\n\n{}\n", paint(style::STRONG, title), paint(style::STRONG, "egress IPs"));
    if plan.addresses.is_empty() {
        text.push_str("  none\n");
    }
    text.push_str(&columns(2, &plan.addresses.iter().map(address).collect::<Vec<_>>()));
    if !plan.connectivity.is_empty() && !plan.is_empty() {
        text.push_str(&format!("\n{}\n", paint(style::STRONG, "functions meanwhile")));
        text.push_str(&columns(2, &plan.connectivity.iter().map(connectivity).collect::<Vec<_>>()));
    }
    text
}

fn connectivity(c: &Connectivity) -> [String; 3] {
    let by = c.by.as_ref().map_or_else(String::new, |by| format!(" at `{by}`"));
    let (look, mark, meaning) = match c.gap {
        Gap::None => (style::GOOD, "=", "reaches the internet all the time".to_owned()),
        Gap::Seconds => (style::CHANGED, "~", format!("open connections are cut{by}; new ones get out all the time")),
        Gap::UntilDone => (style::BAD, "!", format!("no way out, beginning{by}, until all is done")),
    };
    [paint(look, mark), paint(style::STRONG, c.function.to_string()), paint(style::DIM, meaning)]
}

fn address(change: &AddressChange) -> [String; 4] {
    let (look, mark, word, meaning) = match change.fate {
        Fate::Kept => (style::STRONG, "=", "kept", "nothing changes for your third parties"),
        Fate::New => (style::GOOD, "+", "new", "give it to your third parties"),
        Fate::Recovered => (style::GOOD, "+", "recovered", "yours again, if the cloud still has it to give"),
        Fate::Parked => (style::CHANGED, "~", "parked", "stays yours and costs money; nothing leaves from it"),
        Fate::GivenUp => (style::BAD, "-", "given up", "gone for good: take it off your third parties' lists"),
    };
    let ip = change.ip.map_or_else(|| "known once it is allocated".to_owned(), |ip| ip.to_string());
    [
        paint(look, format!("{mark} {word}")),
        paint(style::STRONG, ip),
        change.key.to_string(),
        paint(style::DIM, meaning),
    ]
}

/// The hours of a month, as the clouds' own calculators count them.
const MONTH_HOURS: u64 = 730;

/// The bill.
fn cost(cost: &Cost) -> String {
    if cost.lines.is_empty() {
        return "monthly cost: nothing\n".to_owned();
    }
    let sum = cost.monthly_micros.map_or_else(|| "unknown".to_owned(), |micros| money(micros, &cost.currency));
    let part = |line: &CostLine| {
        let price = line.hourly_micros.map(|hourly| hourly * MONTH_HOURS * u64::from(line.count));
        let price = price.map_or_else(|| "unknown".to_owned(), |micros| money(micros, &cost.currency));
        [format!("{} × {}", line.count, line.what), price]
    };
    let title = paint(style::STRONG, format!("monthly cost, before traffic: {sum}"));
    let parts = columns(2, &cost.lines.iter().map(part).collect::<Vec<_>>());
    format!("{title}\n{parts}  {}\n", paint(style::DIM, format!("prices: {}", cost.source)))
}
