//! Workers and badges, and where a worker's packets come out.

use egress_core::probe::Reply;

use super::*;

/// Where the echo is.
const ECHO: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 80);
/// Under which number workers without a post go out, today.
const ANYWHERE: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 7);

impl Nimbus {
    /// Issues a badge that opens nothing.
    pub fn issue_badge(&mut self, name: &str, labels: &Tags) -> Result<CloudId, Refusal> {
        let id = CloudId::new(name);
        if self.badges.contains_key(&id) {
            return Err(Refusal::Taken(format!("there is a badge {name}")));
        }
        self.badges.insert(id.clone(), Badge { passes: BTreeSet::new(), labels: labels.clone() });
        Ok(id)
    }

    /// Voids a badge that no worker carries.
    pub fn void_badge(&mut self, badge: &CloudId) -> Result<(), Refusal> {
        find(&self.badges, badge)?;
        unoccupied(self.workers.iter().find(|(_, worker)| &worker.badge == badge).map(|(id, _)| id))?;
        self.badges.remove(badge);
        Ok(())
    }

    /// Adds a pass to a badge.
    pub fn give_pass(&mut self, badge: &CloudId, pass: Pass) -> Result<(), Refusal> {
        find_mut(&mut self.badges, badge)?.passes.insert(pass);
        Ok(())
    }

    /// Takes a pass from a badge.
    pub fn take_pass(&mut self, badge: &CloudId, pass: Pass) -> Result<(), Refusal> {
        find_mut(&mut self.badges, badge)?.passes.remove(&pass);
        Ok(())
    }

    /// Hires a worker.
    pub fn hire(
        &mut self,
        name: &str,
        badge: &CloudId,
        post: Option<Post>,
        labels: &Tags,
        now: Duration,
    ) -> Result<CloudId, Refusal> {
        let id = CloudId::new(name);
        if self.workers.contains_key(&id) {
            return Err(Refusal::Taken(format!("there is a worker {name}")));
        }
        self.admit(badge, post.as_ref())?;
        let (badge, labels) = (badge.clone(), labels.clone());
        self.workers.insert(id.clone(), Worker { badge, post, arrives: now + MOVING, edition: 0, labels });
        Ok(id)
    }

    /// Sends a worker somewhere else, unless somebody else has sent it since that edition.
    pub fn send(
        &mut self,
        worker: &CloudId,
        post: Option<Post>,
        edition: Option<&str>,
        now: Duration,
    ) -> Result<(), Refusal> {
        let Worker { badge, edition: current, arrives, .. } = find(&self.workers, worker)?;
        if edition.is_some_and(|edition| edition != current.to_string()) {
            return Err(Refusal::Stale(*current));
        }
        if *arrives > now {
            return Err(Refusal::Moving(worker.clone()));
        }
        self.admit(badge, post.as_ref())?;
        let sent = find_mut(&mut self.workers, worker)?;
        let left = std::mem::replace(&mut sent.post, post);
        sent.edition += 1;
        sent.arrives = now + MOVING;
        self.keep(left, now);
        Ok(())
    }

    /// Dismisses a worker.
    pub fn dismiss(&mut self, worker: &CloudId, now: Duration) -> Result<(), Refusal> {
        let Some(gone) = self.workers.remove(worker) else { return Err(Refusal::NoSuch(worker.clone())) };
        self.keep(gone.post, now);
        Ok(())
    }

    /// Whether there is such a worker.
    pub fn has_worker(&self, worker: &CloudId) -> Result<(), Refusal> {
        find(&self.workers, worker).map(drop)
    }

    /// Has a worker fetch a URL. There is one host out there, the echo.
    pub fn fetch(&self, worker: &CloudId, url: &str, now: Duration) -> Result<Reply, Refusal> {
        let fetcher = find(&self.workers, worker)?;
        if fetcher.arrives > now {
            return Err(Refusal::Moving(worker.clone()));
        }
        if url != ECHO_URL {
            return Ok(Reply::Failed { error: format!("there is nothing at {url}") });
        }
        let seen = match &fetcher.post {
            None => Some(ANYWHERE),
            Some(post) => post.lanes.first().and_then(|lane| self.comes_out_as(lane, now)),
        };
        Ok(seen.map_or(Reply::TimedOut, |number| Reply::Answered { status: 200, body: number.to_string() }))
    }

    /// The number that the echo sees of packets from a lane, if they get there: they have none of their own, so they need
    /// an open door, whose own lane leads to a gate.
    fn comes_out_as(&self, lane: &CloudId, now: Duration) -> Option<Ipv4Addr> {
        let Toward::Door(door) = self.sign_for(lane, now)? else { return None };
        let door = self.doors.get(door).filter(|door| door.state(now) == DoorState::Open)?;
        let Toward::Gate(_) = self.sign_for(&door.lane, now)? else { return None };
        Some(self.plates.get(&door.plate)?.number)
    }

    /// The narrowest sign towards the echo, if it leads anywhere.
    fn sign_for(&self, lane: &CloudId, now: Duration) -> Option<&Toward> {
        let signpost = self.signposts.get(self.lanes.get(lane)?.signpost.as_ref()?)?;
        let matching = signpost.signs.iter().filter(|(range, _)| range.contains(&ECHO));
        let (_, toward) = matching.max_by_key(|(range, _)| range.prefix_len())?;
        self.leads_on(signpost, toward, now).then_some(toward)
    }

    /// Refuses a post that is not there, or that the badge does not open.
    fn admit(&self, badge: &CloudId, post: Option<&Post>) -> Result<(), Refusal> {
        let passes = &find(&self.badges, badge)?.passes;
        let Some(post) = post else { return Ok(()) };
        post.lanes.iter().try_for_each(|lane| find(&self.lanes, lane).map(drop))?;
        post.guards.iter().try_for_each(|guard| find(&self.guards, guard).map(drop))?;
        if passes.is_empty() { Err(Refusal::NoPass(badge.clone())) } else { Ok(()) }
    }

    /// Keeps the lanes and guards of a worker that has left for a while.
    fn keep(&mut self, post: Option<Post>, now: Duration) {
        for id in post.into_iter().flat_map(|post| post.lanes.into_iter().chain(post.guards)) {
            self.kept.insert(id, now + COOLING);
        }
    }
}
