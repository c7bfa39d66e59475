//! The state machine itself: its time, its transitions, and what every action needs.

use std::time::Duration;

use egress_core::{CloudId, Tags, World, tags, world::Readiness};
use serde::{Deserialize, Serialize};

use super::{
    ApiError, Bug, Code, Config, DefaultVpc, Drawn, Hidden, Profile, Wait,
    config::zones,
    hidden::{Pending, TokenUse, Transition},
    ids::rng,
    timing::triangular,
};

/// One account in one region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Model {
    pub(crate) config: Config,
    pub(crate) world: World,
    pub(crate) hidden: Hidden,
    /// The timings that were drawn since the model was made or opened.
    #[serde(skip)]
    pub(crate) drawn: Vec<Drawn>,
    /// How many transitions have happened since then.
    #[serde(skip)]
    pub(crate) happened: u64,
}

impl Model {
    pub(crate) fn new(config: Config) -> Self {
        let mut world = World::default();
        world.network.place = config.place.clone();
        world.network.zones = zones(&config.place.region);
        let mut model = Self { config, world, hidden: Hidden::default(), drawn: Vec::new(), happened: 0 };
        if model.config.default_vpc == DefaultVpc::Present {
            model.make_default_vpc();
        }
        model
    }

    /// The same cloud with other timings; what decides what it holds stays.
    pub(crate) fn reconfigured(mut self, config: Config) -> Self {
        self.config = Config {
            place: self.config.place,
            seed: self.config.seed,
            quotas: self.config.quotas,
            default_vpc: self.config.default_vpc,
            ..config
        };
        self
    }

    /// Goes on to `now`: whatever is due by then happens, in the order of time.
    pub(crate) fn advance(&mut self, now: Duration) {
        while let Some(next) = self.take_due(now) {
            self.hidden.now = self.hidden.now.max(next.due);
            self.happen(next.transition);
        }
        self.hidden.now = self.hidden.now.max(now);
        let now = self.hidden.now;
        self.hidden.visible_from.retain(|_, from| *from > now);
        self.hidden.role_usable_from.retain(|_, from| *from > now);
        self.hidden.grant_usable_from.retain(|_, from| *from > now);
    }

    /// The earliest thing due; of those due at once, the one planned first.
    fn take_due(&mut self, now: Duration) -> Option<Pending> {
        let due = |(_, p): &(usize, &Pending)| p.due <= now;
        let (at, _) = self.hidden.pending.iter().enumerate().filter(due).min_by_key(|(at, p)| (p.due, *at))?;
        Some(self.hidden.pending.remove(at))
    }

    fn happen(&mut self, transition: Transition) {
        self.happened += 1;
        match transition {
            Transition::NetworkAvailable(id) => {
                if let Some(network) = self.world.network.networks.get_mut(&id) {
                    network.state = Readiness::Available;
                }
            }
            Transition::SubnetAvailable(id) => {
                if let Some(subnet) = self.world.network.subnets.get_mut(&id) {
                    subnet.state = Readiness::Available;
                }
            }
            Transition::NatSettled { id, failure } => self.nat_settled(&id, failure),
            Transition::AddressSettled { gateway, address, failure } => {
                self.address_settled(&gateway, &address, failure);
            }
            Transition::AddressDrained { gateway, address } => self.address_drained(&gateway, &address),
            Transition::AddressForgotten { gateway, address } => self.address_forgotten(&gateway, &address),
            Transition::NatDeleted(id) => self.nat_deleted(&id),
            Transition::NatForgotten(id) => {
                self.world.gateway.nat_gateways.remove(&id);
                self.hidden.facts.made_at.remove(&id);
                self.hidden.facts.ended_at.remove(&id);
            }
            Transition::FunctionSettled { id, revision, failure } => self.function_settled(&id, &revision, failure),
            Transition::InterfaceReleased(id) => self.interface_released(&id),
            Transition::EndpointAvailable(id) => self.endpoint_available(&id),
            Transition::TransitAvailable(id) => self.transit_available(&id),
        }
    }

    /// Plans a transition.
    pub(crate) fn at(&mut self, due: Duration, transition: Transition) {
        self.hidden.pending.push(Pending { due, transition });
    }

    /// When something that begins now will be through.
    pub(crate) fn after(&mut self, wait: Wait, subject: &str) -> Duration {
        let took = self.config.timing.draw(self.config.seed, wait, subject);
        self.drawn.push(Drawn { wait, subject: subject.to_owned(), took });
        self.hidden.now + took
    }

    /// Whether this wrong behaviour is switched on.
    pub(crate) fn has(&self, bug: Bug) -> bool {
        self.config.bug == Some(bug)
    }

    /// Hides something new for as long as the configuration says.
    pub(crate) fn hide(&mut self, id: &CloudId, subject: &str) {
        let subject = format!("{} {subject}", id.as_str().split('-').next().unwrap_or_default());
        let until = match self.config.visibility {
            None if self.config.timing.profile == Profile::Instant => return,
            None => self.after(Wait::Visible, &subject),
            Some(longest) => self.within(longest, "visibility", &subject),
        };
        self.hidden.visible_from.insert(id.clone(), until);
    }

    /// When something that is said to IAM now will count.
    pub(crate) fn propagated(&mut self, wait: Wait, subject: &str) -> Duration {
        match self.config.propagation {
            None => self.after(wait, subject),
            Some(longest) => self.within(longest, "propagation", subject),
        }
    }

    /// A moment from now on until `longest` has passed, mostly a quarter of it.
    fn within(&self, longest: Duration, what: &str, subject: &str) -> Duration {
        let u = rng(self.config.seed, &[what, subject]).f64();
        let seconds = triangular(0.0, longest.as_secs_f64() / 4.0, longest.as_secs_f64(), u);
        self.hidden.now + Duration::from_secs_f64(seconds)
    }

    /// Whether calls see this thing: not before its time, and not where another account keeps it to itself.
    pub(crate) fn sees(&self, id: &CloudId) -> bool {
        !self.hidden.unshared.contains(id)
            && self.hidden.visible_from.get(id).is_none_or(|from| *from <= self.hidden.now)
    }

    /// Runs a creation that is idempotent by its client token: the same token with the same parameters answers with the
    /// same thing, with other parameters it is refused. AWS remembers a token longer than what it made.
    pub(crate) fn once(
        &mut self,
        action: &str,
        token: Option<&str>,
        parameters: String,
        create: impl FnOnce(&mut Self) -> Result<CloudId, ApiError>,
    ) -> Result<CloudId, ApiError> {
        let Some(token) = token.filter(|_| !self.has(Bug::TokenForgotten)) else { return create(self) };
        let token = format!("{action}/{token}");
        match self.hidden.tokens.get(&token) {
            Some(used) if used.parameters == parameters => Ok(used.made.clone()),
            Some(_) => Err(ApiError::new(
                Code::IdempotentParameterMismatch,
                "The request uses the same client token as a previous, but non-identical request.",
            )),
            None => {
                let made = create(self)?;
                self.hidden.tokens.insert(token, TokenUse { parameters, made: made.clone() });
                Ok(made)
            }
        }
    }
}

/// What a person calls a thing: its `Name` tag.
pub(crate) fn human_name(tags: &Tags) -> &str {
    tags.get(tags::NAME).map_or("", String::as_str)
}
