//! `egress ips`: the egress IPs, to be pasted.

use egress_core::plan::Verb;

use super::stack::{observe, read_spec};
use crate::{
    args::{Global, IpsArgs},
    error::CliError,
    exit::Exit,
    inspect::{AllIps, IpUse, Ips, egress_ips},
    output::Out,
    session::Session,
    worlds::WorldSource,
};

/// The stack's.
pub(super) async fn run(session: &Session) -> Result<(), CliError> {
    let spec = read_spec(session)?;
    let world = observe(session, &spec, &Verb::Verify).await?;
    let addresses = egress_ips(&spec, &world);
    if addresses.is_empty() {
        return Err(CliError::new(Exit::NotFound, format!("stack {} has no egress IP yet", spec.stack))
            .hint("`egress apply` makes it"));
    }
    for address in &addresses {
        let said = match address.state {
            IpUse::InUse => continue,
            IpUse::Coming => "is being put on its gateway: nothing leaves from it yet",
            IpUse::Draining => "was taken off its gateway: what is still connected through it may end",
            IpUse::Parked => "is parked: it is yours, and nothing leaves from it now",
        };
        session.out.talk(&format!("{} {said}\n", address.ip));
    }
    session.out.show(&Ips { stack: spec.stack, addresses })
}

/// Those of every function of the region.
pub(super) async fn of_all(args: &IpsArgs, global: &Global, out: Out) -> Result<(), CliError> {
    let worlds = WorldSource::of(&args.from).read(global, args.from.account.as_deref(), out).await?;
    out.show(&AllIps::of(&worlds.worlds))
}
