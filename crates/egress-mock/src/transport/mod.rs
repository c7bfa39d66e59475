//! How requests get to [`MockCloud::answer`](crate::MockCloud::answer), and what becomes of its replies.
//!
//! Each transport lets a reply's delay pass and does as its fate says; none knows what is in it.
//!
//! - `connector` (feature `connector`): inside a client of the AWS SDK, without sockets. Delays are slept on the cloud's
//!   clock, so that a whole journey runs in virtual time.
//! - `wiremock` (feature `wiremock`): under a `wiremock` server, on which a test mounts answers of its own above the
//!   emulator's and checks the requests that came.
//! - `server` (feature `server`): an HTTP server of its own, for every client there is.

#[cfg(feature = "connector")]
pub mod connector;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "wiremock")]
pub mod wiremock;
