//! One life, step by step; what must never be is looked for after each.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::pending,
    net::Ipv4Addr,
    pin::pin,
    sync::Mutex,
    time::Duration,
};

use egress_core::{
    Clock, Cloud, CloudExt, CloudId, Key, Kind, Owner,
    execute::{Options, Report, execute},
    layer::Layered,
    plan::{Gap, Permit, Plan, PlanError, Request, Verb, plan, scope},
};
use egress_mock::Timing;
use futures::future::{Either, select};

use super::{
    Door, Tally,
    account::{Account, stack},
    drift::{DRIFTS, is_ending},
    script::{End, File, Run, Sky, Step, Wish},
    sky::{ECHO, Weather},
};

/// One life.
pub(super) struct Life<'d, C> {
    pub(super) account: Account,
    pub(super) file: File,
    pub(super) tally: Tally,
    /// Every IP that the stack ever had, by what the cloud calls the address.
    pub(super) ips: BTreeMap<CloudId, Ipv4Addr>,
    /// The IP that commands may name, and whether one did.
    pub(super) first: Option<(Ipv4Addr, bool)>,
    pub(super) door: &'d Door<C>,
    seed: u64,
    runs: u32,
    diary: &'d Mutex<Vec<String>>,
}

/// What became of a command.
pub(super) enum Ran {
    /// The plan had nothing to do.
    Nothing,
    /// It ran to its own end, or to that which the user wished.
    Ended(Report),
    Killed,
    /// There was no plan.
    Refused(PlanError),
    /// The cloud could not even be observed.
    Blind,
}

impl<'d, C: Cloud> Life<'d, C> {
    pub(super) fn new(seed: u64, door: &'d Door<C>, diary: &'d Mutex<Vec<String>>) -> Self {
        let visibility = [None, Some(5), Some(30)][usize::try_from(seed % 3).unwrap()].map(Duration::from_secs);
        Self {
            account: Account::new(seed, Timing::aws(), visibility),
            file: File::new(),
            tally: Tally::new(),
            ips: BTreeMap::new(),
            first: None,
            door,
            seed,
            runs: 0,
            diary,
        }
    }

    pub(super) fn note(&self, line: String) {
        self.diary.lock().unwrap().push(line);
    }

    /// Notes what the stack is made of.
    pub(super) fn take_stock(&self) {
        for owned in self.account.world().owned_by(&stack()) {
            self.note(format!("    {} {} {}", owned.owner.key, owned.id, if owned.live { "" } else { "(dead)" }));
        }
    }

    fn count(&mut self, what: &'static str) {
        *self.tally.entry(what).or_default() += 1;
    }

    /// Does one step. An error says what may not be.
    pub(super) fn go(&mut self, step: &Step) -> Result<(), String> {
        self.note(format!("· {step}"));
        match step {
            Step::Edit(edit) => {
                self.file.edit(*edit);
                self.count("edits");
            }
            Step::Drift(what, seed) => {
                let before = self.account.world();
                DRIFTS[*what].1(&mut self.account, &mut fastrand::Rng::with_seed(*seed));
                if self.account.world() != before {
                    self.count(DRIFTS[*what].0);
                }
            }
            Step::Pass(time) => self.account.pass(*time),
            Step::Run(run) => _ = self.run(run)?,
        }
        Ok(())
    }

    /// A command on a cloud where nothing goes wrong, with all that may be permitted.
    pub(super) fn calmly(&mut self, wish: Wish) -> Result<Ran, String> {
        self.run(&Run { wish, permitted: true, sky: Sky::CLEAR, end: End::ByItself })
    }

    pub(super) fn run(&mut self, run: &Run) -> Result<Ran, String> {
        let permits = if run.permitted { self.permits() } else { BTreeSet::new() };
        let verb = run.wish.verb(permits, self.first.map(|(ip, _)| ip));
        let named = match &verb {
            Verb::Destroy { release, .. } => release.clone(),
            _ => BTreeSet::new(),
        };
        if let Some((_, was)) = self.first.as_mut().filter(|(ip, _)| named.contains(ip)) {
            *was = true;
        }
        let others = self.account.others();
        let calls = self.account.mock.calls().len();
        let held = self.held();
        let (ran, cut_off) = self.execute(run, verb);
        match &ran {
            Ran::Nothing => self.count("nothing to do"),
            Ran::Ended(report) if report.stopped => self.count("stopped"),
            Ran::Ended(report) if report.is_complete() => self.count("complete"),
            Ran::Ended(_) => self.count("failed"),
            Ran::Killed => self.count("killed"),
            Ran::Refused(_) => self.count("refused"),
            Ran::Blind => self.count("blind"),
        }
        self.note(format!("    {ran}"));
        if matches!(ran, Ran::Killed) {
            self.after_a_kill();
        }
        self.remember_ips();
        self.check_releases(calls, &held, &named)?;
        let now = self.account.others();
        if let Some((id, was)) = others.iter().find(|(id, was)| now.get(*id) != Some(*was)) {
            return Err(format!("{id} is somebody else's, and is now {:?}; it was {was}", now.get(id)));
        }
        if !cut_off.is_empty() {
            return Err(format!("cut off without a word: {cut_off:?}"));
        }
        Ok(ran)
    }

    /// What the lease of a dead run makes the next one do: it waits until all that may have been made can be seen.
    fn after_a_kill(&self) {
        self.account.pass(self.account.mock.pace().visibility);
    }

    /// Everything that a user may permit, as far as the World has it.
    fn permits(&self) -> BTreeSet<Permit> {
        let world = self.account.world();
        let ips: Vec<Ipv4Addr> = world.gateway.addresses.values().filter_map(|a| a.ip).collect();
        let networks = world.network.networks.keys().cloned().map(Permit::Leave);
        let ips = ips.iter().flat_map(|ip| [Permit::Listed(*ip), Permit::GiveUp(*ip)]);
        ips.chain(networks).chain([Permit::Outage]).collect()
    }

    fn execute(&mut self, run: &Run, verb: Verb) -> (Ran, Vec<String>) {
        let spec = self.file.spec();
        let Account { clock, mock, .. } = &self.account;
        let weather = Weather::new(run.sky.clone(), mock.clone());
        let cloud = Layered::new(weather, (self.door.open)(mock, clock));
        let Ok(world) = clock.block_on(cloud.observe(&scope(&spec, &verb))) else { return (Ran::Blind, Vec::new()) };
        let request = Request { verb, echo_url: ECHO.to_owned() };
        let plan = match plan(&spec, &world, &request) {
            Ok(plan) if plan.is_empty() && request.verb != Verb::Verify => return (Ran::Nothing, Vec::new()),
            Ok(plan) => plan,
            Err(refused) => return (Ran::Refused(refused), Vec::new()),
        };
        cloud.layer().watch(self.watched(&request.verb, &plan));
        self.runs += 1;
        let options = Options::new(format!("life{:04}x{:04}", self.seed % 10_000, self.runs), mock.pace());
        let stop = async {
            match run.end {
                End::Stopped(after) => clock.sleep(after).await,
                End::ByItself | End::Killed(_) => pending().await,
            }
        };
        let kill = async {
            match run.end {
                End::Killed(after) => clock.sleep(after).await,
                End::ByItself | End::Stopped(_) => pending().await,
            }
        };
        let mut on_event = |_| {};
        let ran = clock.block_on(async {
            let run = execute(&plan, &cloud, clock, &options, stop, &mut on_event);
            match select(pin!(run), pin!(kill)).await {
                Either::Left((report, _)) => Ran::Ended(report),
                Either::Right(_) => Ran::Killed,
            }
        });
        mock.fail_no_nat_gateway();
        (ran, cloud.layer().cut_off())
    }

    /// The functions that nothing may cut off: those that have no way through the stack to lose, and those whose way the plan
    /// keeps. Where a way is ending by itself, nobody can tell what cuts it off.
    fn watched(&self, verb: &Verb, plan: &Plan) -> Vec<CloudId> {
        let world = self.account.world();
        if is_ending(&world) {
            return Vec::new();
        }
        let free = |name: &CloudId| world.function.functions[name].attachment.is_none();
        let goes_back_inside = |name: &CloudId| self.account.places[name].iter().any(Option::is_some);
        let kept = |name: &CloudId| plan.connectivity.iter().any(|c| &c.function == name && c.gap != Gap::UntilDone);
        let stays = |name: &CloudId| match verb {
            Verb::Apply { .. } | Verb::Attach { .. } => self.file.spec().functions.iter().any(|f| &f.name == name),
            Verb::Detach { .. } | Verb::Verify | Verb::Destroy { .. } | Verb::Recover { .. } => false,
        };
        let watched = Account::functions().filter(|name| free(name) || kept(name));
        watched.filter(|name| stays(name) || !goes_back_inside(name)).collect()
    }

    fn remember_ips(&mut self) {
        for address in self.account.world().gateway.addresses.values() {
            if let (Some(ip), true) = (address.ip, Owner::of(&address.tags).is_some_and(|o| o.stack == stack())) {
                self.first.get_or_insert((ip, false));
                self.ips.insert(address.id.clone(), ip);
            }
        }
    }

    /// Every IP that the account holds.
    fn held(&self) -> BTreeSet<Ipv4Addr> {
        self.account.world().gateway.addresses.values().filter_map(|address| address.ip).collect()
    }

    /// Only a command that names an address may send the call at all, and only that address may be gone.
    fn check_releases(
        &mut self,
        since: usize,
        before: &BTreeSet<Ipv4Addr>,
        named: &BTreeSet<Ipv4Addr>,
    ) -> Result<(), String> {
        let sent = self.account.mock.calls().split_off(since).iter().filter(|c| c.name == "ReleaseAddress").count();
        let gone: BTreeSet<Ipv4Addr> = before.difference(&self.held()).copied().collect();
        if !gone.is_subset(named) || sent > 0 && named.is_empty() {
            return Err(format!("{sent} addresses were to be released, and {gone:?} are gone; {named:?} was named"));
        }
        *self.tally.entry("releases").or_default() += sent;
        let world = self.account.world();
        let may_be_gone = |ip: &Ipv4Addr| self.first.is_some_and(|(first, was_named)| first == *ip && was_named);
        let lost = self.ips.iter().find(|(id, ip)| !world.gateway.addresses.contains_key(*id) && !may_be_gone(ip));
        lost.map_or(Ok(()), |(id, ip)| Err(format!("{ip} ({id}) is lost")))
    }

    /// The Keys of a kind that live things of the stack have.
    pub(super) fn keys(&self, kind: Kind) -> Vec<Key> {
        let owned = self.account.world().owned_by(&stack());
        owned.into_iter().filter(|o| o.live && o.owner.key.kind == kind).map(|o| o.owner.key).collect()
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing to do"),
            Self::Ended(report) => {
                let failed: Vec<String> =
                    report.failed.iter().map(|(step, error)| format!("{step}: {error}")).collect();
                write!(f, "{} done, failed {failed:?}, not run {}", report.done.len(), report.not_run.len())
            }
            Self::Killed => f.write_str("killed"),
            Self::Refused(refused) => write!(f, "refused: {refused}"),
            Self::Blind => f.write_str("blind"),
        }
    }
}
