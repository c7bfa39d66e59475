//! What a client may ask of the emulator itself, beside AWS's own calls: paths that begin with `/_egress/`.
//!
//! | request | answer |
//! | --- | --- |
//! | `GET /_egress/world` | the World as JSON, with what is not visible to calls yet |
//! | `GET /_egress/clock` | `{"now_seconds": 12.5}`: the cloud's time |
//! | `POST /_egress/clock` with `{"advance_seconds": 60}` | the same, after the time has jumped forward |
//! | `POST /_egress/reset` | `{}`: everything is as at the start, with the same seed |

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Fate, Reply, Request};
use crate::MockCloud;

/// Where these paths begin.
pub(super) const PREFIX: &str = "/_egress/";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: f64,
}

/// The farthest that time jumps at once: a century.
const FARTHEST: f64 = 100.0 * 365.25 * 24.0 * 3600.0;

pub(super) fn answer(cloud: &MockCloud, request: &Request) -> Reply {
    let what = request.path().strip_prefix(PREFIX).unwrap_or_default();
    match (request.method.as_str(), what) {
        ("GET", "world") => json_reply(200, &cloud.world()),
        ("GET", "clock") => json_reply(200, &clock(cloud)),
        ("POST", "clock") => match serde_json::from_slice::<Advance>(&request.body) {
            Ok(Advance { advance_seconds }) if (0.0..=FARTHEST).contains(&advance_seconds) => {
                cloud.advance(Duration::from_secs_f64(advance_seconds));
                json_reply(200, &clock(cloud))
            }
            Ok(_) => refuse(400, "`advance_seconds` is a number from 0 to a century's seconds"),
            Err(error) => refuse(400, &format!("the body is no {{\"advance_seconds\": NUMBER}}: {error}")),
        },
        ("POST", "reset") => match cloud.reset() {
            Ok(()) => json_reply(200, &json!({})),
            Err(error) => refuse(500, &error.in_full()),
        },
        (_, "world" | "clock" | "reset") => refuse(405, "GET world, GET or POST clock, POST reset"),
        _ => refuse(404, "there are /_egress/world, /_egress/clock and /_egress/reset"),
    }
}

fn clock(cloud: &MockCloud) -> serde_json::Value {
    json!({ "now_seconds": cloud.now().as_secs_f64() })
}

fn refuse(status: u16, why: &str) -> Reply {
    json_reply(status, &json!({ "error": why }))
}

fn json_reply(status: u16, value: &impl Serialize) -> Reply {
    let (status, body) = match serde_json::to_vec(value) {
        Ok(body) => (status, body),
        Err(error) => (500, error.to_string().into_bytes()),
    };
    let headers = vec![("Content-Type", "application/json".to_owned())];
    Reply { status, headers, body, delay: Duration::ZERO, fate: Fate::Answer }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egress_core::clock::VirtualClock;

    use super::*;
    use crate::{Config, RoleSetup};

    fn ask(cloud: &MockCloud, method: &str, target: &str, body: &str) -> (u16, serde_json::Value) {
        let request = Request {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        };
        let reply = cloud.answer(&request);
        (reply.status, serde_json::from_slice(&reply.body).unwrap())
    }

    #[test]
    fn the_world_the_time_and_a_new_beginning_can_be_had_without_a_signature() {
        let cloud = MockCloud::new(Config::new(7), Arc::new(VirtualClock::new()));
        let empty = ask(&cloud, "GET", "/_egress/world", "");
        assert_eq!(empty, (200, serde_json::to_value(cloud.world()).unwrap()));
        cloud.create_role(RoleSetup::new("r")).unwrap();
        assert_ne!(ask(&cloud, "GET", "/_egress/world", ""), empty);

        assert_eq!(ask(&cloud, "GET", "/_egress/clock", ""), (200, json!({ "now_seconds": 0.0 })));
        let later = ask(&cloud, "POST", "/_egress/clock", "{\"advance_seconds\": 90}");
        assert_eq!(later, (200, json!({ "now_seconds": 90.0 })));

        assert_eq!(ask(&cloud, "POST", "/_egress/reset", ""), (200, json!({})));
        assert_eq!(ask(&cloud, "GET", "/_egress/world", ""), empty);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let cloud = MockCloud::new(Config::new(7), Arc::new(VirtualClock::new()));
        for body in
            ["", "{}", "{\"advance_seconds\": -1}", "{\"advance_seconds\": 1e300}", "{\"advance_seconds\": \"x\"}"]
        {
            assert_eq!(ask(&cloud, "POST", "/_egress/clock", body).0, 400, "{body}");
        }
        assert_eq!(ask(&cloud, "DELETE", "/_egress/world", "").0, 405);
        assert_eq!(ask(&cloud, "GET", "/_egress/secrets", "").0, 404);
        assert_eq!(cloud.now(), Duration::ZERO);
    }
}
