//! Persistence: the whole cloud in one JSON file, written atomically.
//!
//! The file holds the model (its World and what AWS hides, its time included, as a duration since the mock's start) and what
//! the internet remembers. A new process goes on from the later of the saved moment and its own clock, so a clock that counts
//! from a fixed date lets time pass between two commands, and one that counts from the start of the process does not.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{cloud::Model, internet::Memory};

/// What the file says of itself.
const FORMAT: &str = "egress mock cloud";
/// The version that this program writes, and the only one that it reads.
const VERSION: u64 = 2;

/// Why a mock cloud's file cannot be used. The file is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("cannot read the mock cloud's file {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not what a mock cloud writes.
    #[error("{} is not a mock cloud's file, or is damaged", path.display())]
    Corrupt {
        /// Which file.
        path: PathBuf,
        /// What is wrong, with the line.
        source: serde_json::Error,
    },
    /// It is of another version.
    #[error("{} is of version {found}, and this program reads version {VERSION}", path.display())]
    Version {
        /// Which file.
        path: PathBuf,
        /// What it says.
        found: String,
    },
    /// Another process has the cloud open.
    #[error("the mock cloud in {} is in use by another process", path.display())]
    Locked {
        /// Which file.
        path: PathBuf,
    },
    /// It cannot be written. The old file is intact.
    #[error("cannot write the mock cloud's file {}", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl FileError {
    /// What the user can do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Read { .. } => "check that it is a file that can be read, or name another one",
            Self::Corrupt { .. } | Self::Version { .. } => {
                "the file was left as it is: move it away or delete it to begin with an empty cloud, or name another one"
            }
            Self::Locked { .. } => "wait until the other command has ended, or name another file",
            Self::Write { .. } => {
                "the file was left as it was: make room on the disk, or name a file in a folder that can be written"
            }
        }
    }

    /// The message with its cause.
    pub(crate) fn in_full(&self) -> String {
        match std::error::Error::source(self) {
            Some(source) => format!("{self}: {source}"),
            None => self.to_string(),
        }
    }
}

/// What a file holds.
#[derive(Deserialize)]
pub(crate) struct Saved {
    pub(crate) model: Model,
    pub(crate) memory: Memory,
}

#[derive(Serialize)]
struct Writing<'a> {
    format: &'static str,
    version: u64,
    model: &'a Model,
    memory: &'a Memory,
}

/// A cloud's file, locked for this process as long as this lives.
pub(crate) struct StateFile {
    path: PathBuf,
    _lock: File,
}

impl StateFile {
    /// Locks the file and reads it; nothing is read where there is none.
    pub(crate) fn open(path: &Path) -> Result<(Self, Option<Saved>), FileError> {
        if let Ok(there) = fs::metadata(path)
            && !there.is_file()
        {
            // A device may never end, and writing would put a file in its place.
            let source = io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file");
            return Err(FileError::Read { path: path.to_owned(), source });
        }
        let lock = lock(path)?;
        let saved = match fs::read(path) {
            Ok(bytes) => Some(read(path, &bytes)?),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(FileError::Read { path: path.to_owned(), source }),
        };
        Ok((Self { path: path.to_owned(), _lock: lock }, saved))
    }

    /// Puts a new file in the place of the old one in one step: whatever goes wrong, one of the two is there, whole.
    pub(crate) fn write(&self, model: &Model, memory: &Memory) -> Result<(), FileError> {
        let failed = |source| FileError::Write { path: self.path.clone(), source };
        let writing = Writing { format: FORMAT, version: VERSION, model, memory };
        let bytes = serde_json::to_vec_pretty(&writing).map_err(|e| failed(e.into()))?;
        let folder = folder(&self.path);
        let mut temporary = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        temporary.write_all(&bytes).map_err(failed)?;
        temporary.as_file().sync_all().map_err(failed)?;
        temporary.persist(&self.path).map_err(|e| failed(e.error))?;
        // The new name must reach the disk too; not every system can sync a folder, and the data itself is safe by now.
        if let Ok(folder) = File::open(folder) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

/// Locks a file beside the cloud's own, which is replaced at each write and so cannot carry the lock.
fn lock(path: &Path) -> Result<File, FileError> {
    let failed = |source| FileError::Write { path: path.to_owned(), source };
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    let beside = File::options().create(true).truncate(false).write(true).open(path.with_file_name(name));
    let file = beside.map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(FileError::Locked { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

fn read(path: &Path, bytes: &[u8]) -> Result<Saved, FileError> {
    let corrupt = |source| FileError::Corrupt { path: path.to_owned(), source };
    let value: Value = serde_json::from_slice(bytes).map_err(corrupt)?;
    let is_ours = value.get("format").and_then(Value::as_str) == Some(FORMAT);
    match value.get("version") {
        Some(version) if is_ours && version.as_u64() != Some(VERSION) => {
            Err(FileError::Version { path: path.to_owned(), found: version.to_string() })
        }
        _ => serde_json::from_slice(bytes).map_err(corrupt),
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
