//! What comes over the wire and what goes back, for every transport.

use std::time::Duration;

/// An HTTP request, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method, in capitals.
    pub method: String,
    /// Path and query, beginning with a slash, as they came: percent-encoded.
    pub target: String,
    /// Names, in whatever case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The path, without the query.
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(self.target.as_str(), |(path, _)| path)
    }

    /// The query, without the question mark; empty where there is none.
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }
}

/// What is answered, and how: a transport lets `delay` pass and then does as `fate` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Headers, without the length of the body.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How long the answer takes, on the cloud's clock. What the call does is done already.
    pub delay: Duration,
    /// What becomes of the connection.
    pub fate: Fate,
}

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The answer arrives.
    Answer,
    /// The connection is reset: nothing arrives.
    Reset,
    /// The answer breaks off in the middle of its body.
    CutShort,
    /// Nothing ever arrives, and the connection stays open.
    Silence,
}
