//! Flags.

use super::*;

impl Nimbus {
    /// Raises a flag, if nobody has raised one of that name.
    pub fn raise_flag(&mut self, name: &str, labels: &Tags) -> Result<CloudId, Refusal> {
        if let Some((id, _)) = self.flags.iter().find(|(_, flag)| flag.name == name) {
            return Err(Refusal::Taken(format!("{name} is {id}")));
        }
        let id = self.name("flag");
        self.flags.insert(id.clone(), Flag { name: name.to_owned(), labels: labels.clone() });
        Ok(id)
    }

    /// Takes a flag down.
    pub fn take_flag_down(&mut self, flag: &CloudId) -> Result<(), Refusal> {
        self.flags.remove(flag).map(drop).ok_or_else(|| Refusal::NoSuch(flag.clone()))
    }
}
