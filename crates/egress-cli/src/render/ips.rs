//! The egress IPs, one a line, to be pasted.

use super::View;
use crate::inspect::Ips;

impl View for Ips {
    fn human(&self) -> String {
        self.addresses.iter().map(|address| format!("{}\n", address.ip)).collect()
    }
}
