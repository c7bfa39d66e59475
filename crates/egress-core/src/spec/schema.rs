//! The JSON Schema of the file.

use serde_json::Value;

use super::file::File;

/// The JSON Schema (draft 2020-12) of `egress.toml`, for editors. It is made of what the parser itself reads into. It is a
/// little laxer than the parser: what depends on several keys at once is left to [`parse`](super::parse()).
pub fn json_schema() -> Value {
    schemars::schema_for!(File).to_value()
}
