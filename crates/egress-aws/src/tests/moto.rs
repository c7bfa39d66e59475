//! The conformance suite against an emulator that nobody here wrote: moto, which must run already.
//!
//! ```sh
//! MOTO_IAM_LOAD_MANAGED_POLICIES=true moto_server -p 5055 -H 127.0.0.1 &
//! EGRESS_MOTO=http://127.0.0.1:5055 cargo test -p egress-aws --all-features -- --ignored moto --nocapture
//! ```

use std::time::{Duration, Instant};

use egress_core::{Clock, StackName, async_trait, conformance};

use crate::{AwsCloud, Settings, fixture};

/// A clock on which waiting takes a hundredth of its time: moto is done at once, but not faster than it answers.
struct Fast(Instant);

const FASTER: u32 = 100;

#[async_trait]
impl Clock for Fast {
    fn now(&self) -> Duration {
        self.0.elapsed() * FASTER
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration / FASTER).await;
    }
}

#[tokio::test]
#[ignore = "wants a moto server, whose URL stands in EGRESS_MOTO, and any AWS credentials"]
async fn moto_keeps_the_laws() {
    let Ok(url) = std::env::var("EGRESS_MOTO") else {
        println!("SKIPPED: EGRESS_MOTO names no moto server");
        return;
    };
    let settings = Settings::default().region(Some("us-east-1".to_owned())).endpoint_url(Some(url));
    let cloud = AwsCloud::connect(&settings).await.unwrap();
    let clock = Fast(Instant::now());
    fixture::sweep(&cloud, &clock).await.unwrap();
    let made = fixture::create(&cloud, &clock, "laws").await.unwrap();
    let mut suite = conformance::Fixture::new(StackName::new("laws").unwrap(), "n0nce");
    suite.function = Some(made.function.clone());
    suite.patience = Duration::from_secs(400);
    let report = conformance::run(&conformance::Subject { cloud: &cloud, clock: &clock, fixture: suite }).await;
    println!("{report}");
    for call in cloud.calls() {
        println!("{call:?}");
    }
    fixture::delete(&cloud, &clock, &made).await.unwrap();
    assert_eq!(fixture::left_behind(&cloud).await.unwrap(), []);
    report.passed().unwrap();
}
