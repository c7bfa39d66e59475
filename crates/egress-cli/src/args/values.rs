//! How single values are read.

use egress_core::{CloudId, StackName, world::Protocol};

pub(super) fn stack_name(text: &str) -> Result<StackName, String> {
    StackName::new(text).map_err(|error| error.to_string())
}

pub(super) fn cloud_id(text: &str) -> Result<CloudId, String> {
    if text.trim().is_empty() {
        return Err("a name is expected".to_owned());
    }
    Ok(CloudId::new(text))
}

pub(super) fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(factor) if factor.is_finite() && factor > 0.0 => Ok(factor),
        _ => Err("a number above 0 is expected".to_owned()),
    }
}

/// A protocol by its name or number, as filters tell one from another.
pub(super) fn protocol(text: &str) -> Result<Protocol, String> {
    Ok(match text.to_ascii_lowercase().as_str() {
        "tcp" | "6" => Protocol::Tcp,
        "udp" | "17" => Protocol::Udp,
        "icmp" | "1" => Protocol::Icmp,
        "icmp6" | "icmpv6" | "58" => Protocol::Icmp6,
        other => {
            Protocol::Number(other.parse().map_err(|_| "tcp, udp, icmp, icmp6 or a number up to 255 is expected")?)
        }
    })
}
