//! Gates, doors and plates.

use super::*;

impl Nimbus {
    /// Builds a gate that hangs nowhere yet.
    pub fn build_gate(&mut self, labels: &Tags) -> CloudId {
        let id = self.name("gate");
        self.gates.insert(id.clone(), Gate { area: None, labels: labels.clone() });
        id
    }

    /// Hangs a gate in an area that has none.
    pub fn hang_gate(&mut self, gate: &CloudId, area: &CloudId) -> Result<(), Refusal> {
        find(&self.areas, area)?;
        if let Some(area) = &find(&self.gates, gate)?.area {
            return Err(Refusal::Taken(format!("{gate} hangs in {area}")));
        }
        if let Some((other, _)) = self.gates.iter().find(|(_, other)| other.area.as_ref() == Some(area)) {
            return Err(Refusal::Taken(format!("{area} has {other}")));
        }
        find_mut(&mut self.gates, gate)?.area = Some(area.clone());
        Ok(())
    }

    /// Takes a gate down that no door needs.
    pub fn unhang_gate(&mut self, gate: &CloudId, area: &CloudId, now: Duration) -> Result<(), Refusal> {
        if find(&self.gates, gate)?.area.as_ref() != Some(area) {
            return Err(Refusal::Nonsense(format!("{gate} does not hang in {area}")));
        }
        let needs = |door: &Door| {
            door.state(now) != DoorState::Gone && self.lanes.get(&door.lane).is_some_and(|lane| &lane.area == area)
        };
        unoccupied(self.doors.iter().find(|(_, door)| needs(door)).map(|(id, _)| id))?;
        find_mut(&mut self.gates, gate)?.area = None;
        Ok(())
    }

    /// Scraps a gate that hangs nowhere.
    pub fn scrap_gate(&mut self, gate: &CloudId) -> Result<(), Refusal> {
        unoccupied(find(&self.gates, gate)?.area.as_ref())?;
        self.gates.remove(gate);
        Ok(())
    }

    /// Takes a plate, with a number that nobody else has.
    pub fn take_plate(&mut self, labels: &Tags) -> (CloudId, Ipv4Addr) {
        let id = self.name("plate");
        // 192.0.2.0 and on: numbers for examples.
        let number = Ipv4Addr::from(0xC000_0200 + self.made);
        self.plates.insert(id.clone(), Plate { number, labels: labels.clone() });
        (id, number)
    }

    /// Gives a plate back that is on no door. The number is said along, because it cannot be had again.
    pub fn return_plate(&mut self, plate: &CloudId, number: Ipv4Addr, now: Duration) -> Result<(), Refusal> {
        let has = find(&self.plates, plate)?.number;
        if has != number {
            return Err(Refusal::Nonsense(format!("{plate} has the number {has}, not {number}")));
        }
        unoccupied(self.door_with(plate, now).as_ref())?;
        self.plates.remove(plate);
        Ok(())
    }

    /// The door that a plate is on.
    pub fn door_with(&self, plate: &CloudId, now: Duration) -> Option<CloudId> {
        let mut doors = self.doors.iter();
        doors.find(|(_, door)| door.state(now) != DoorState::Gone && door.bears(plate, now)).map(|(id, _)| id.clone())
    }

    /// Opens a door in a lane. The same token again means the same door.
    pub fn open_door(
        &mut self,
        lane: &CloudId,
        plate: &CloudId,
        labels: &Tags,
        token: &str,
        now: Duration,
    ) -> Result<CloudId, Refusal> {
        if let Some(door) = self.tokens.get(token) {
            return Ok(door.clone());
        }
        find(&self.lanes, lane)?;
        find(&self.plates, plate)?;
        unoccupied(self.door_with(plate, now).as_ref())?;
        let id = self.name("door");
        let (lane, plate, labels) = (lane.clone(), plate.clone(), labels.clone());
        self.doors
            .insert(id.clone(), Door { lane, plate, more: BTreeMap::new(), opens: now + OPENING, gone: None, labels });
        self.tokens.insert(token.to_owned(), id.clone());
        Ok(id)
    }

    /// Screws another plate on an open door.
    pub fn screw_on(&mut self, door: &CloudId, plate: &CloudId, now: Duration) -> Result<(), Refusal> {
        find(&self.plates, plate)?;
        if find(&self.doors, door)?.state(now) != DoorState::Open {
            return Err(Refusal::Moving(door.clone()));
        }
        unoccupied(self.door_with(plate, now).as_ref())?;
        find_mut(&mut self.doors, door)?.more.insert(plate.clone(), Screwed { on: now + SCREWING, gone: None });
        Ok(())
    }

    /// Unscrews a plate. The one that the door was made with is part of it.
    pub fn unscrew(&mut self, door: &CloudId, plate: &CloudId, now: Duration) -> Result<(), Refusal> {
        let door = find_mut(&mut self.doors, door)?;
        if &door.plate == plate {
            return Err(Refusal::Nonsense(format!("{plate} is part of its door")));
        }
        match door.more.get_mut(plate) {
            Some(screwed) if screwed.gone.is_none() => screwed.gone = Some(now + HANGING),
            _ => return Err(Refusal::NoSuch(plate.clone())),
        }
        Ok(())
    }

    /// Closes a door. Its plates stay the account's, and signs to it lead nowhere.
    pub fn close_door(&mut self, door: &CloudId, now: Duration) -> Result<(), Refusal> {
        match find_mut(&mut self.doors, door)? {
            Door { gone: Some(_), .. } => Err(Refusal::NoSuch(door.clone())),
            open => {
                open.gone = Some(now + CLOSING);
                Ok(())
            }
        }
    }

    /// Whether a packet that follows this sign gets any further.
    pub fn leads_on(&self, signpost: &Signpost, toward: &Toward, now: Duration) -> bool {
        match toward {
            Toward::Gate(gate) => self.gates.get(gate).is_some_and(|gate| gate.area.as_ref() == Some(&signpost.area)),
            Toward::Door(door) => {
                self.doors.get(door).is_some_and(|d| matches!(d.state(now), DoorState::Opening | DoorState::Open))
            }
        }
    }
}
