//! Areas, lanes, signposts and guards.

use super::*;

impl Nimbus {
    /// Stakes an area out.
    pub fn stake_area(&mut self, range: Ipv4Net, labels: &Tags) -> Result<CloudId, Refusal> {
        if self.areas.len() == AREAS {
            return Err(Refusal::Crowded);
        }
        let id = self.name("area");
        self.areas.insert(id.clone(), Area { range, labels: labels.clone() });
        Ok(id)
    }

    /// Gives an empty area up.
    pub fn give_up_area(&mut self, area: &CloudId) -> Result<(), Refusal> {
        find(&self.areas, area)?;
        unoccupied(self.lanes.iter().find(|(_, lane)| &lane.area == area).map(|(id, _)| id))?;
        unoccupied(self.signposts.iter().find(|(_, signpost)| &signpost.area == area).map(|(id, _)| id))?;
        unoccupied(self.guards.iter().find(|(_, guard)| &guard.area == area).map(|(id, _)| id))?;
        unoccupied(self.gates.iter().find(|(_, gate)| gate.area.as_ref() == Some(area)).map(|(id, _)| id))?;
        self.areas.remove(area);
        Ok(())
    }

    /// Paves a lane.
    pub fn pave_lane(
        &mut self,
        area: &CloudId,
        range: Ipv4Net,
        district: &str,
        labels: &Tags,
    ) -> Result<CloudId, Refusal> {
        let whole = find(&self.areas, area)?.range;
        if !whole.contains(&range) {
            return Err(Refusal::Nonsense(format!("{range} is not in {whole}")));
        }
        if !DISTRICTS.contains(&district) {
            return Err(Refusal::Nonsense(format!("there is no district {district}")));
        }
        let overlaps = |lane: &Lane| lane.range.contains(&range) || range.contains(&lane.range);
        if let Some((id, _)) = self.lanes.iter().find(|(_, lane)| &lane.area == area && overlaps(lane)) {
            return Err(Refusal::Taken(format!("{range} overlaps {id}")));
        }
        let id = self.name("lane");
        let (area, district, labels) = (area.clone(), district.to_owned(), labels.clone());
        self.lanes.insert(id.clone(), Lane { area, range, district, signpost: None, labels });
        Ok(id)
    }

    /// Closes a lane that nobody uses.
    pub fn close_lane(&mut self, lane: &CloudId, now: Duration) -> Result<(), Refusal> {
        find(&self.lanes, lane)?;
        let in_it = |door: &Door| &door.lane == lane && door.state(now) != DoorState::Gone;
        unoccupied(self.doors.iter().find(|(_, door)| in_it(door)).map(|(id, _)| id))?;
        self.unused(lane, now)?;
        self.lanes.remove(lane);
        Ok(())
    }

    /// Plants a signpost without signs.
    pub fn plant_signpost(&mut self, area: &CloudId, labels: &Tags) -> Result<CloudId, Refusal> {
        find(&self.areas, area)?;
        let id = self.name("signpost");
        let signpost = Signpost { area: area.clone(), signs: BTreeMap::new(), labels: labels.clone() };
        self.signposts.insert(id.clone(), signpost);
        Ok(id)
    }

    /// Fells a signpost that no lane follows.
    pub fn fell_signpost(&mut self, signpost: &CloudId) -> Result<(), Refusal> {
        find(&self.signposts, signpost)?;
        let follows = |lane: &Lane| lane.signpost.as_ref() == Some(signpost);
        unoccupied(self.lanes.iter().find(|(_, lane)| follows(lane)).map(|(id, _)| id))?;
        self.signposts.remove(signpost);
        Ok(())
    }

    /// Makes a lane follow another signpost than it does now.
    pub fn follow(
        &mut self,
        lane: &CloudId,
        signpost: Option<&CloudId>,
        instead_of: Option<&CloudId>,
    ) -> Result<(), Refusal> {
        if let Some(signpost) = signpost {
            find(&self.signposts, signpost)?;
        }
        let lane = find_mut(&mut self.lanes, lane)?;
        match (&lane.signpost, instead_of) {
            (now, then) if now.as_ref() == then => {}
            (Some(now), _) => return Err(Refusal::Taken(format!("the lane follows {now}"))),
            (None, then) => return Err(Refusal::NoSuch(then.cloned().unwrap_or_else(|| CloudId::new("signpost")))),
        }
        lane.signpost = signpost.cloned();
        Ok(())
    }

    /// Adds a sign where there is none.
    pub fn add_sign(&mut self, signpost: &CloudId, range: Ipv4Net, toward: Toward) -> Result<(), Refusal> {
        self.must_exist(&toward)?;
        let signs = &mut find_mut(&mut self.signposts, signpost)?.signs;
        if signs.contains_key(&range) {
            return Err(Refusal::Taken(format!("{signpost} has a sign to {range}")));
        }
        signs.insert(range, toward);
        Ok(())
    }

    /// Turns a sign that is there.
    pub fn turn_sign(&mut self, signpost: &CloudId, range: Ipv4Net, toward: Toward) -> Result<(), Refusal> {
        self.must_exist(&toward)?;
        let sign = find_mut(&mut self.signposts, signpost)?.signs.get_mut(&range);
        *sign.ok_or_else(|| Refusal::NoSuch(CloudId::new(range.to_string())))? = toward;
        Ok(())
    }

    /// Removes a sign.
    pub fn remove_sign(&mut self, signpost: &CloudId, range: Ipv4Net) -> Result<(), Refusal> {
        let removed = find_mut(&mut self.signposts, signpost)?.signs.remove(&range);
        removed.map(drop).ok_or_else(|| Refusal::NoSuch(CloudId::new(range.to_string())))
    }

    /// Posts a guard, whose name nobody else has in the area.
    pub fn post_guard(&mut self, area: &CloudId, name: &str, labels: &Tags) -> Result<CloudId, Refusal> {
        find(&self.areas, area)?;
        if self.guards.values().any(|guard| &guard.area == area && guard.name == name) {
            return Err(Refusal::Taken(format!("{area} has a guard {name}")));
        }
        let id = self.name("guard");
        let (area, name, labels) = (area.clone(), name.to_owned(), labels.clone());
        self.guards.insert(id.clone(), Guard { area, name, passes: BTreeSet::new(), labels });
        Ok(id)
    }

    /// Tells a guard to let something out.
    pub fn let_pass(&mut self, guard: &CloudId, what: &Rule) -> Result<(), Refusal> {
        find_mut(&mut self.guards, guard)?.passes.insert(what.clone());
        Ok(())
    }

    /// Dismisses a guard that nobody needs.
    pub fn dismiss_guard(&mut self, guard: &CloudId, now: Duration) -> Result<(), Refusal> {
        find(&self.guards, guard)?;
        self.unused(guard, now)?;
        self.guards.remove(guard);
        Ok(())
    }

    /// Refuses while a worker uses this lane or guard, or it is kept for one that has left.
    fn unused(&self, id: &CloudId, now: Duration) -> Result<(), Refusal> {
        let uses = |worker: &Worker| {
            worker.post.as_ref().is_some_and(|post| post.lanes.contains(id) || post.guards.contains(id))
        };
        unoccupied(self.workers.iter().find(|(_, worker)| uses(worker)).map(|(id, _)| id))?;
        let kept = self.kept.get(id).is_some_and(|until| *until > now);
        if kept { Err(Refusal::Occupied(CloudId::new("the seat of a worker that has left"))) } else { Ok(()) }
    }

    fn must_exist(&self, toward: &Toward) -> Result<(), Refusal> {
        match toward {
            Toward::Gate(gate) => find(&self.gates, gate).map(drop),
            Toward::Door(door) => find(&self.doors, door).map(drop),
        }
    }
}
