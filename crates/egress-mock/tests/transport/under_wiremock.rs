//! A `wiremock` server with the emulator under it.

use egress_mock::wire::{Fate, Fault, Gives};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::body_string_contains};

use crate::{WHO, ask, body, cloud};

#[tokio::test]
async fn a_tests_own_answers_stand_above_the_emulators() {
    let server = MockServer::start().await;
    let cloud = cloud();
    cloud.mount(&server).await;
    let (answer, _) = ask(*server.address(), WHO).await;
    assert!(body(&answer).contains("<Account>123456789012</Account>"), "{answer}");

    let own = Mock::given(body_string_contains("GetCallerIdentity")).respond_with(ResponseTemplate::new(418));
    own.up_to_n_times(1).mount(&server).await;
    assert!(ask(*server.address(), WHO).await.0.starts_with("HTTP/1.1 418 "));
    assert!(ask(*server.address(), WHO).await.0.starts_with("HTTP/1.1 200 "));
    assert_eq!((cloud.calls().len(), server.received_requests().await.unwrap().len()), (2, 3));
}

#[tokio::test]
async fn a_connection_that_is_to_break_breaks_after_the_effect() {
    let server = MockServer::start().await;
    let cloud = cloud();
    cloud.mount(&server).await;
    cloud.befall(Fault::next("GetCallerIdentity", Gives::Fate(Fate::Reset)));
    assert_eq!(ask(*server.address(), WHO).await.0, "");
    assert_eq!(cloud.calls().len(), 1);
    assert!(ask(*server.address(), WHO).await.0.starts_with("HTTP/1.1 200 "));
}
