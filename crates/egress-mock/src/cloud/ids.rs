//! Ids, public addresses and every other choice, drawn from the seed.
//!
//! Each draw has a generator of its own, keyed by the seed and by what is drawn for whom, never by the order of calls: the
//! same things get the same ids, addresses and timings however the calls that make them are ordered.

use std::net::Ipv4Addr;

use egress_core::CloudId;

use super::Model;

/// A generator for one purpose.
pub(crate) fn rng(seed: u64, purpose: &[&str]) -> fastrand::Rng {
    fastrand::Rng::with_seed(key(seed, purpose))
}

/// FNV-1a over the parts with their ends marked, then mixed (splitmix64), so that close names give far seeds.
fn key(seed: u64, purpose: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for part in purpose {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// Ranges that addresses are taken from: first and last octet pairs of blocks that AWS publishes for itself (ip-ranges.json).
const POOL: [(u8, u8, u8); 7] =
    [(3, 112, 115), (13, 112, 115), (18, 176, 183), (35, 72, 79), (52, 68, 69), (54, 64, 65), (54, 168, 168)];

/// Some address of the cloud's public ranges.
pub(crate) fn pool_ip(rng: &mut fastrand::Rng) -> Ipv4Addr {
    let (first, low, high) = POOL[rng.usize(..POOL.len())];
    Ipv4Addr::new(first, rng.u8(low..=high), rng.u8(..), rng.u8(1..=254))
}

/// A text like a UUID.
pub(crate) fn uuid(seed: u64, purpose: &[&str]) -> String {
    let hex = format!("{:032x}", rng(seed, purpose).u128(..));
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

impl Model {
    /// A new id such as `vpc-0` and 16 hexadecimal digits, the same for the n-th thing of this prefix and human name.
    pub(crate) fn new_id(&mut self, prefix: &str, name: &str) -> CloudId {
        let nth = self.nth(&format!("{prefix}/{name}"));
        CloudId::new(format!("{prefix}-0{:016x}", rng(self.config.seed, &["id", prefix, name, &nth]).u64(..)))
    }

    /// A new text like a UUID.
    pub(crate) fn new_uuid(&mut self, purpose: &str, name: &str) -> String {
        let nth = self.nth(&format!("{purpose}/{name}"));
        uuid(self.config.seed, &["uuid", purpose, name, &nth])
    }

    /// A public address that this cloud has never given to anyone.
    pub(crate) fn new_public_ip(&mut self, name: &str) -> Ipv4Addr {
        let nth = self.nth(&format!("public-ip/{name}"));
        let mut rng = rng(self.config.seed, &["public-ip", name, &nth]);
        loop {
            let ip = pool_ip(&mut rng);
            if self.hidden.given_ips.insert(ip) {
                return ip;
            }
        }
    }

    pub(crate) fn nth(&mut self, what: &str) -> String {
        let count = self.hidden.counts.entry(what.to_owned()).or_default();
        *count += 1;
        count.to_string()
    }
}
