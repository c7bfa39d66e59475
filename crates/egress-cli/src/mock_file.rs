//! The file that the mock keeps its cloud in between commands: one command at a time, written whole or not at all.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
};

use egress_core::Clock;

use crate::{
    error::CliError,
    later::mock::{Config, MockCloud},
    output::Out,
};

/// The file, held under a lock until this is dropped.
pub(crate) struct MockFile {
    path: PathBuf,
    /// A file of its own, because saving puts another file into the place of the first.
    _lock: File,
}

impl MockFile {
    /// Waits for its turn, then reads the cloud; a new one where there is no file yet.
    pub(crate) fn open(
        path: &Path,
        config: Config,
        clock: Arc<dyn Clock>,
        out: Out,
    ) -> Result<(Self, MockCloud), CliError> {
        let lock = lock(path, out)?;
        let cloud = if fs::exists(path).map_err(|error| CliError::file("read", path, &error))? {
            MockCloud::open(path, config, clock).map_err(|error| {
                CliError::file("read", path, &error).hint(
                    "nothing was changed; `--mock-file FILE` uses another file, and removing this one begins anew",
                )
            })?
        } else {
            MockCloud::new(config, clock)
        };
        Ok((Self { path: path.to_owned(), _lock: lock }, cloud))
    }

    /// Writes the cloud.
    pub(crate) fn save(&self, cloud: &MockCloud) -> Result<(), CliError> {
        cloud.save(&self.path).map_err(|error| {
            CliError::file("write", &self.path, &error).hint("the file is as it was before this command")
        })
    }
}

fn lock(path: &Path, out: Out) -> Result<File, CliError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".lock");
    let beside = PathBuf::from(beside);
    let failed = |error: &std::io::Error| CliError::file("lock", &beside, error);
    let file = File::create(&beside).map_err(|error| failed(&error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            out.talk(&format!("waiting for another egress to be done with {}\n", path.display()));
            file.lock().map_err(|error| failed(&error))?;
            Ok(file)
        }
        Err(TryLockError::Error(error)) => Err(failed(&error)),
    }
}
