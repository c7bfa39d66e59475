//! The probe's code, which speaks the contract of [`egress_core::probe`].

use std::io::{Cursor, Write};

use zip::{CompressionMethod, DateTime, ZipWriter, result::ZipResult, write::SimpleFileOptions};

/// The code itself: Python's standard library and nothing else.
pub(crate) const SOURCE: &str = include_str!("handler.py");
/// The file that the code is in, and the function in it that Lambda calls.
pub(crate) const HANDLER: &str = "handler.handle";
const FILE: &str = "handler.py";
/// The code also runs on older ones.
pub(crate) const RUNTIME: &str = "python3.13";
/// How long one invocation may take.
pub(crate) const TIME_LIMIT_SECONDS: i32 = 60;
pub(crate) const MEMORY_MB: i32 = 128;

/// The code as Lambda wants it. Always the same bytes.
pub(crate) fn zipped() -> ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    zip.start_file(FILE, options)?;
    zip.write_all(SOURCE.as_bytes())?;
    zip.finish().map(Cursor::into_inner)
}

#[cfg(test)]
mod tests;
