//! Placeholders for what others write at this moment.
#![allow(dead_code, unreachable_pub, clippy::all, clippy::unwrap_used, clippy::allow_attributes)]

pub(crate) mod mock {
    use egress_core::{
        Clock, CloudError, CloudId, ErrorKind, FunctionProvider, GatewayProvider, Invocation, Invoked, NetworkProvider,
        Outcome, Scope, Token, World, async_trait, execute::Pace, op::*, world::*,
    };
    use std::{
        net::Ipv4Addr,
        path::Path,
        sync::{Arc, Mutex},
        time::Duration,
    };
    pub const ECHO_URL: &str = "https://echo.mock/";
    const PACE: Pace = Pace {
        nat_ready: Duration::from_secs(105),
        nat_gone: Duration::from_secs(60),
        function_ready: Duration::from_secs(60),
        interfaces_gone: Duration::from_secs(600),
        other: Duration::from_secs(5),
        visibility: Duration::from_secs(30),
        patience: 5,
    };
    pub enum Profile {
        Instant,
        Aws,
    }
    pub struct Timing {
        pub profile: Profile,
        pub speed: f64,
    }
    impl Timing {
        pub fn pace(&self) -> Pace {
            PACE
        }
    }
    pub struct Config {
        pub place: Place,
        pub seed: u64,
        pub timing: Timing,
    }
    impl Config {
        pub fn new(seed: u64) -> Self {
            Self {
                place: Place { account: "123456789012".into(), region: "ap-northeast-1".into() },
                seed,
                timing: Timing { profile: Profile::Instant, speed: 1.0 },
            }
        }
    }
    pub struct MockCloud {
        world: Mutex<World>,
    }
    pub type FileError = std::io::Error;
    pub struct FunctionSetup {
        pub name: CloudId,
        pub role: Option<CloudId>,
    }
    pub struct Internet;
    impl Internet {
        pub fn allow(&self, _party: &str, _ip: Ipv4Addr) {}
    }
    impl MockCloud {
        pub fn new(c: Config, _clock: Arc<dyn Clock>) -> Self {
            let mut world = World::default();
            world.network.place = c.place;
            world.network.zones = ['a', 'b', 'c']
                .map(|z| Zone {
                    name: format!("{}{z}", world.network.place.region),
                    id: format!("z{z}"),
                    functions: true,
                })
                .into();
            Self { world: Mutex::new(world) }
        }
        pub fn open(path: &Path, _c: Config, _clock: Arc<dyn Clock>) -> Result<Self, FileError> {
            let w = serde_json::from_slice(&std::fs::read(path)?)?;
            Ok(Self { world: Mutex::new(w) })
        }
        pub fn save(&self, path: &Path) -> Result<(), FileError> {
            std::fs::write(path, serde_json::to_vec(&*self.world.lock().unwrap())?)
        }
        pub fn create_function(&self, f: FunctionSetup) {
            let mut w = self.world.lock().unwrap();
            if let Some(r) = &f.role {
                w.function.roles.insert(
                    r.clone(),
                    Role {
                        id: r.clone(),
                        trusts_functions: true,
                        grants: Default::default(),
                        tags: Default::default(),
                    },
                );
            }
            w.function.functions.insert(
                f.name.clone(),
                Function {
                    id: f.name,
                    role: f.role,
                    state: FunctionState::Active,
                    update: UpdateState::Done,
                    attachment: None,
                    network: None,
                    file_systems: vec![],
                    revision: "1".into(),
                    versions: vec![],
                    aliases: vec![],
                    tags: Default::default(),
                },
            );
        }
        pub fn internet(&self) -> Internet {
            Internet
        }
        pub fn edit(&self, f: impl FnOnce(&mut World)) {
            f(&mut self.world.lock().unwrap())
        }
    }
    fn no(op: &str) -> CloudError {
        CloudError::new(ErrorKind::Unsupported, op, "placeholder")
    }
    #[async_trait]
    impl NetworkProvider for MockCloud {
        async fn observe_network(&self, _s: &Scope) -> Result<NetworkPart, CloudError> {
            Ok(self.world.lock().unwrap().network.clone())
        }
        async fn apply_network(&self, _op: &NetworkOp<CloudId>, _t: &Token) -> Outcome {
            Outcome::Failed(no("x"))
        }
    }
    #[async_trait]
    impl GatewayProvider for MockCloud {
        async fn observe_gateways(&self, _s: &Scope) -> Result<GatewayPart, CloudError> {
            Ok(self.world.lock().unwrap().gateway.clone())
        }
        async fn apply_gateway(&self, _op: &GatewayOp<CloudId>, _t: &Token) -> Outcome {
            Outcome::Failed(no("x"))
        }
    }
    #[async_trait]
    impl FunctionProvider for MockCloud {
        async fn observe_functions(&self, _s: &Scope) -> Result<FunctionPart, CloudError> {
            Ok(self.world.lock().unwrap().function.clone())
        }
        async fn apply_function(&self, _op: &FunctionOp<CloudId>, _t: &Token) -> Outcome {
            Outcome::Failed(no("x"))
        }
        async fn invoke(&self, _i: &Invocation) -> Result<Invoked, CloudError> {
            Err(no("invoke"))
        }
    }
}
