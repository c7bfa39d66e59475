//! The Nimbus cloud itself, in its own words. In your backend this is your vendor's library, and you write none of it.
//!
//! In Nimbus nothing happens in the background: a door notes when it will be open, a worker when it arrives, and what is
//! seen follows from the notes and the time.

mod flags;
mod land;
mod staff;
mod ways;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    time::Duration,
};

use egress_core::{CloudId, Kind, Tags, ipnet::Ipv4Net, world::Rule};

/// The districts that lanes can be in.
pub const DISTRICTS: [&str; 2] = ["harbour", "hill"];
/// How many areas an account may stake out.
pub const AREAS: usize = 64;
/// Whoever fetches this URL is told the number that it comes from.
pub const ECHO_URL: &str = "http://echo.nimbus/";

/// How long a door takes to open.
const OPENING: Duration = Duration::from_secs(40);
/// How long a door takes to close.
const CLOSING: Duration = Duration::from_secs(15);
/// How long a second plate takes to be screwed on.
const SCREWING: Duration = Duration::from_secs(5);
/// How long a plate that is unscrewed still hangs there, for those who came by it.
const HANGING: Duration = Duration::from_secs(90);
/// How long a worker takes to get to its post.
const MOVING: Duration = Duration::from_secs(8);
/// How long a lane and a guard are kept for a worker that has left.
const COOLING: Duration = Duration::from_secs(120);

/// One account: everything that it has.
#[derive(Debug, Default)]
pub struct Nimbus {
    /// Private ranges.
    pub areas: BTreeMap<CloudId, Area>,
    /// Their parts.
    pub lanes: BTreeMap<CloudId, Lane>,
    /// What shows packets the way.
    pub signposts: BTreeMap<CloudId, Signpost>,
    /// What looks at packets that leave.
    pub guards: BTreeMap<CloudId, Guard>,
    /// The ends of areas, towards the internet.
    pub gates: BTreeMap<CloudId, Gate>,
    /// What packets leave through under a number that is not their own.
    pub doors: BTreeMap<CloudId, Door>,
    /// The numbers.
    pub plates: BTreeMap<CloudId, Plate>,
    /// What runs code.
    pub workers: BTreeMap<CloudId, Worker>,
    /// What workers carry.
    pub badges: BTreeMap<CloudId, Badge>,
    /// What says that somebody is at work.
    pub flags: BTreeMap<CloudId, Flag>,
    /// Until when lanes and guards are kept for a worker that has left.
    kept: BTreeMap<CloudId, Duration>,
    /// The doors that calls with a token have opened.
    tokens: BTreeMap<String, CloudId>,
    /// How many things were ever made.
    made: u32,
}

/// A private range.
#[derive(Debug)]
pub struct Area {
    /// The range.
    pub range: Ipv4Net,
    /// Its labels.
    pub labels: Tags,
}

/// A part of an area, in one district.
#[derive(Debug)]
pub struct Lane {
    /// The area.
    pub area: CloudId,
    /// The part.
    pub range: Ipv4Net,
    /// The district.
    pub district: String,
    /// The signpost that it follows; without one, packets find their way inside the area only.
    pub signpost: Option<CloudId>,
    /// Its labels.
    pub labels: Tags,
}

/// What shows packets the way.
#[derive(Debug)]
pub struct Signpost {
    /// The area that it stands in.
    pub area: CloudId,
    /// Its signs: the narrowest that matches counts.
    pub signs: BTreeMap<Ipv4Net, Toward>,
    /// Its labels.
    pub labels: Tags,
}

/// Where a sign points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Toward {
    /// To a gate.
    Gate(CloudId),
    /// To a door.
    Door(CloudId),
}

/// What looks at packets that leave. Guards of Nimbus let everything out; what is allowed besides is only noted.
#[derive(Debug)]
pub struct Guard {
    /// The area that it is posted in.
    pub area: CloudId,
    /// Its name there.
    pub name: String,
    /// What it was told to let out.
    pub passes: BTreeSet<Rule>,
    /// Its labels.
    pub labels: Tags,
}

/// The end of an area, towards the internet.
#[derive(Debug)]
pub struct Gate {
    /// The area that it hangs in.
    pub area: Option<CloudId>,
    /// Its labels.
    pub labels: Tags,
}

/// What packets leave through under a number that is not their own.
#[derive(Debug)]
pub struct Door {
    /// The lane that it is in.
    pub lane: CloudId,
    /// The plate that it was made with.
    pub plate: CloudId,
    /// The plates that were screwed on beside it.
    pub more: BTreeMap<CloudId, Screwed>,
    /// When it is open.
    pub opens: Duration,
    /// When it is gone, once it was closed.
    pub gone: Option<Duration>,
    /// Its labels.
    pub labels: Tags,
}

/// How a plate hangs on a door that was not made with it.
#[derive(Clone, Copy, Debug)]
pub struct Screwed {
    /// When it is on.
    pub on: Duration,
    /// When it is gone, once it was unscrewed.
    pub gone: Option<Duration>,
}

/// How far a door is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoorState {
    /// Not open yet.
    Opening,
    /// Packets pass.
    Open,
    /// Not gone yet.
    Closing,
    /// Not there any more.
    Gone,
}

/// A number that is the account's until it gives it back.
#[derive(Debug)]
pub struct Plate {
    /// The number.
    pub number: Ipv4Addr,
    /// Its labels.
    pub labels: Tags,
}

/// What says that somebody is at work: no two have one name.
#[derive(Debug)]
pub struct Flag {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Tags,
}

/// What runs code.
#[derive(Debug)]
pub struct Worker {
    /// The badge that it carries.
    pub badge: CloudId,
    /// Where it works; `None` for anywhere in the cloud.
    pub post: Option<Post>,
    /// When it is at its post.
    pub arrives: Duration,
    /// How often it was sent somewhere else.
    pub edition: u64,
    /// Its labels.
    pub labels: Tags,
}

/// Where a worker works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// The lanes that it works in.
    pub lanes: BTreeSet<CloudId>,
    /// The guards that look at its packets.
    pub guards: BTreeSet<CloudId>,
}

/// What a worker carries.
#[derive(Debug)]
pub struct Badge {
    /// What opens lanes to it.
    pub passes: BTreeSet<Pass>,
    /// Its labels.
    pub labels: Tags,
}

/// What opens lanes to the bearer of a badge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pass {
    /// The one that Nimbus keeps ready.
    Standard,
    /// One that was written for this badge.
    Own,
}

/// Why Nimbus does not do what it was asked; nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such thing.
    NoSuch(CloudId),
    /// Somebody has it already.
    Taken(String),
    /// This is still in it, on it or with it.
    Occupied(CloudId),
    /// The worker is on its way.
    Moving(CloudId),
    /// The worker has this edition by now.
    Stale(u64),
    /// The badge opens no lane.
    NoPass(CloudId),
    /// There are as many as there may be.
    Crowded,
    /// It makes no sense.
    Nonsense(String),
    /// Nimbus has no such thing at all.
    Beyond(String),
}

impl Nimbus {
    /// Sets and removes labels.
    pub fn label(&mut self, kind: Kind, id: &CloudId, set: &Tags, remove: &[String]) -> Result<(), Refusal> {
        let labels = match kind {
            Kind::Network => self.areas.get_mut(id).map(|x| &mut x.labels),
            Kind::Subnet => self.lanes.get_mut(id).map(|x| &mut x.labels),
            Kind::RouteTable => self.signposts.get_mut(id).map(|x| &mut x.labels),
            Kind::SecurityGroup => self.guards.get_mut(id).map(|x| &mut x.labels),
            Kind::InternetGateway => self.gates.get_mut(id).map(|x| &mut x.labels),
            Kind::NatGateway => self.doors.get_mut(id).map(|x| &mut x.labels),
            Kind::Address => self.plates.get_mut(id).map(|x| &mut x.labels),
            Kind::Function | Kind::Probe => self.workers.get_mut(id).map(|x| &mut x.labels),
            Kind::Role => self.badges.get_mut(id).map(|x| &mut x.labels),
            Kind::Lease => self.flags.get_mut(id).map(|x| &mut x.labels),
            Kind::Interface => None,
        };
        let labels = labels.ok_or_else(|| Refusal::NoSuch(id.clone()))?;
        labels.extend(set.clone());
        labels.retain(|name, _| !remove.contains(name));
        Ok(())
    }

    /// A name that nothing ever had.
    fn name(&mut self, what: &str) -> CloudId {
        self.made += 1;
        CloudId::new(format!("{what}-{}", self.made))
    }
}

impl Door {
    /// How far it is at this time.
    pub fn state(&self, now: Duration) -> DoorState {
        match self.gone {
            Some(gone) if gone <= now => DoorState::Gone,
            Some(_) => DoorState::Closing,
            None if self.opens <= now => DoorState::Open,
            None => DoorState::Opening,
        }
    }

    /// Whether this plate is on it.
    pub fn bears(&self, plate: &CloudId, now: Duration) -> bool {
        &self.plate == plate || self.more.get(plate).is_some_and(|screwed| screwed.gone.is_none_or(|gone| gone > now))
    }
}

/// The thing, if it is there.
fn find<'a, T>(things: &'a BTreeMap<CloudId, T>, id: &CloudId) -> Result<&'a T, Refusal> {
    things.get(id).ok_or_else(|| Refusal::NoSuch(id.clone()))
}

/// The thing, if it is there, to be changed.
fn find_mut<'a, T>(things: &'a mut BTreeMap<CloudId, T>, id: &CloudId) -> Result<&'a mut T, Refusal> {
    things.get_mut(id).ok_or_else(|| Refusal::NoSuch(id.clone()))
}

/// Refuses while anything is there.
fn unoccupied(by: Option<&CloudId>) -> Result<(), Refusal> {
    by.map_or(Ok(()), |by| Err(Refusal::Occupied(by.clone())))
}
