//! Reading the World while others read it too: what is refused because there were too many calls is asked again.

use std::{sync::Mutex, time::Duration};

use super::patience::{CROWDED, Tempo, backoff, spread};
use crate::{Clock, Cloud, CloudError, ErrorKind, Retry, Scope, op::Family, sync::lock, world::World};

/// Reads the whole World, the three parts at once; again and again where the cloud is called too often. Other failures are
/// told at once: nothing was begun yet. `nonce` is that of [`Options`](super::Options); it keeps runs that begin together
/// from asking again together.
///
/// # Errors
///
/// What the cloud says; that there are too many calls only after a quarter of an hour of them.
pub async fn observe(cloud: &dyn Cloud, clock: &dyn Clock, scope: &Scope, nonce: &str) -> Result<World, CloudError> {
    let look = Look { cloud, clock, scope, nonce, blind: Duration::ZERO };
    let (network, gateway, function) = futures::try_join!(
        look.at(Family::Network, None),
        look.at(Family::Gateway, None),
        look.at(Family::Function, None)
    )?;
    Ok(World { network: network.network, gateway: gateway.gateway, function: function.function })
}

/// How a run looks at the World.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) cloud: &'a dyn Cloud,
    pub(super) clock: &'a dyn Clock,
    pub(super) scope: &'a Scope,
    pub(super) nonce: &'a str,
    /// How long failures are borne that may pass by themselves. There being too many calls is always borne for
    /// [`CROWDED`].
    pub(super) blind: Duration,
}

impl Look<'_> {
    /// Reads one family's part of the World; the other parts are empty. With a tempo it gives way to those without.
    pub(super) async fn at(self, family: Family, tempo: Option<&Mutex<Tempo>>) -> Result<World, CloudError> {
        let began = self.clock.now();
        let mut tries = 0;
        loop {
            let error = match self.once(family).await {
                Ok(world) => return Ok(world),
                Err(error) => error,
            };
            let borne = if error.kind == ErrorKind::Throttled { CROWDED } else { self.blind };
            let elapsed = self.clock.now().saturating_sub(began);
            if error.kind.retry() == Retry::Never || elapsed >= borne {
                return Err(error);
            }
            let mut pause = backoff(tries, elapsed, error.kind);
            if let Some(tempo) = tempo.filter(|_| error.kind == ErrorKind::Throttled) {
                let mut tempo = lock(tempo);
                tempo.refused();
                pause = tempo.at_least(pause);
            }
            let pause = spread(pause, error.kind, self.nonce, family.name(), tries);
            self.clock.sleep(pause.min(borne - elapsed)).await;
            tries += 1;
        }
    }

    pub(super) async fn once(self, family: Family) -> Result<World, CloudError> {
        let mut world = World::default();
        match family {
            Family::Network => world.network = self.cloud.observe_network(self.scope).await?,
            Family::Gateway => world.gateway = self.cloud.observe_gateways(self.scope).await?,
            Family::Function => world.function = self.cloud.observe_functions(self.scope).await?,
        }
        Ok(world)
    }
}
