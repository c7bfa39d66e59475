//! What a command works with: which cloud, which clock, which Spec, and how it speaks.

use std::{
    fs,
    hash::{BuildHasher, Hasher, RandomState},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use egress_core::{Clock, Cloud, execute::Pace, spec::parse};
use egress_mock::{Config, FileError, MockCloud, Profile, Timing};
use futures::future::BoxFuture;

use crate::{
    args::{CloudChoice, Global, MockArgs, ProfileChoice},
    clock::RealClock,
    error::CliError,
    exit::Exit,
    output::Out,
};

/// What a command works with.
pub(crate) struct Session {
    /// How it speaks.
    pub(crate) out: Out,
    /// Where the Spec is.
    pub(crate) spec: SpecFile,
    /// The cloud.
    pub(crate) cloud: Backend,
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
    /// How one learns that the user wants to stop.
    pub(crate) interrupt: Interrupt,
    /// How long things usually take on the cloud.
    pub(crate) pace: Pace,
    /// Random text of this run, for client tokens.
    pub(crate) nonce: String,
}

/// The cloud that a session works on.
pub(crate) enum Backend {
    /// The mock, in a file or in memory alone.
    Mock(MockCloud),
}

/// How one learns that the user wants to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interrupt {
    /// By Ctrl-C.
    CtrlC,
    /// Never: Ctrl-C ends the process, which leaves nothing behind.
    Never,
}

impl Session {
    /// Opens the cloud that the command line names.
    pub(crate) fn open(global: &Global, out: Out) -> Result<Self, CliError> {
        match global.cloud {
            CloudChoice::Aws => Err(no_aws()),
            CloudChoice::Mock => Self::open_mock(global, out),
        }
    }

    /// Opens the mock cloud in its file.
    pub(crate) fn open_mock(global: &Global, out: Out) -> Result<Self, CliError> {
        let clock: Arc<dyn Clock> = Arc::new(RealClock::default());
        let spec = SpecFile::At(global.spec.clone());
        let config = mock_config(&global.mock, &spec);
        let path = &global.mock.mock_file;
        let cloud = MockCloud::open(path, config, Arc::clone(&clock)).map_err(|error| mock_file(&error))?;
        Ok(Self {
            out,
            spec,
            pace: cloud.pace(),
            cloud: Backend::Mock(cloud),
            clock,
            interrupt: Interrupt::CtrlC,
            nonce: random_text(),
        })
    }

    /// The cloud, whichever it is.
    pub(crate) fn cloud(&self) -> &dyn Cloud {
        match &self.cloud {
            Backend::Mock(cloud) => cloud,
        }
    }

    /// The mock, which is the only cloud that things can be done to behind egress's back.
    pub(crate) fn mock(&self) -> &MockCloud {
        match &self.cloud {
            Backend::Mock(cloud) => cloud,
        }
    }

    /// The URL of a host that answers with the IP it sees.
    pub(crate) fn echo_url(&self) -> String {
        match &self.cloud {
            Backend::Mock(_) => MOCK_ECHO_URL.to_owned(),
        }
    }

    /// Resolves when the user asks to stop.
    pub(crate) fn stop(&self) -> BoxFuture<'static, ()> {
        match self.interrupt {
            Interrupt::Never => Box::pin(futures::future::pending()),
            Interrupt::CtrlC => Box::pin(async {
                if tokio::signal::ctrl_c().await.is_err() {
                    // No handler could be set: Ctrl-C ends the process as it always does.
                    futures::future::pending::<()>().await;
                }
            }),
        }
    }

    /// Keeps what is to be kept, however the command ended.
    pub(crate) fn close(&self) -> Result<(), CliError> {
        match &self.cloud {
            Backend::Mock(cloud) => cloud.save().map_err(|error| mock_file(&error)),
        }
    }
}

/// The host of the mock internet that answers with the IP it sees.
const MOCK_ECHO_URL: &str = "https://ip.mock.test/";

pub(crate) fn mock_file(error: &FileError) -> CliError {
    let error_text = CliError::new(Exit::File, error.to_string()).hint(error.hint());
    match std::error::Error::source(error) {
        Some(cause) => error_text.caused_by(cause),
        None => error_text,
    }
}

/// How the mock is to behave, as the command line says. A new one is of the account and region that the Spec is for.
pub(crate) fn mock_config(args: &MockArgs, spec: &SpecFile) -> Config {
    let profile = match args.profile.unwrap_or(ProfileChoice::Instant) {
        ProfileChoice::Instant => Profile::Instant,
        ProfileChoice::Aws => Profile::Aws,
    };
    let mut config = Config { timing: Timing { profile, speed: args.speed }, ..Config::new(args.seed) };
    // A Spec that is not there or wrong is said when a command reads it.
    if let Some(Ok(parsed)) = spec.read().ok().map(|text| parse(&text)) {
        config.place.account = parsed.spec.account.unwrap_or(config.place.account);
        config.place.region = parsed.spec.region.unwrap_or(config.place.region);
    }
    config
}

fn no_aws() -> CliError {
    let message = if cfg!(feature = "aws") {
        "the AWS backend is not in this version yet"
    } else {
        "this egress was built without the AWS backend"
    };
    CliError::new(Exit::Refused, message).hint(
        "`--cloud mock` (or EGRESS_CLOUD=mock) works on a cloud in a local file; `egress demo` shows the whole journey",
    )
}

/// Where the Spec is.
pub(crate) enum SpecFile {
    /// In a file.
    At(PathBuf),
    /// In memory, under the name of a file: nothing is written to the disk.
    Memory {
        /// The name that people see.
        name: PathBuf,
        /// The text, once it is there.
        text: Mutex<Option<String>>,
    },
}

/// Whether a file that is there may be overwritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overwrite {
    /// It may.
    Yes,
    /// It may not.
    No,
}

/// The longest egress.toml, in bytes: what is longer is none, and a device may never end.
const LONGEST_SPEC: u64 = 1 << 20;

fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?.take(LONGEST_SPEC + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LONGEST_SPEC {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is longer than 1 MiB, which no egress.toml is"));
    }
    Ok(text)
}

impl SpecFile {
    /// The name that people see.
    pub(crate) fn name(&self) -> &Path {
        match self {
            Self::At(name) | Self::Memory { name, .. } => name,
        }
    }

    /// The text.
    pub(crate) fn read(&self) -> Result<String, CliError> {
        let read = match self {
            Self::At(path) => read_text(path),
            Self::Memory { text, .. } => text
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone()
                .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound)),
        };
        read.map_err(|error| {
            let missing = error.kind() == io::ErrorKind::NotFound;
            let error = CliError::file("read", self.name(), &error);
            if missing { error.hint("`egress init` writes one; `--spec FILE` names another") } else { error }
        })
    }

    /// Writes the text, whole or not at all.
    pub(crate) fn write(&self, new: &str, overwrite: Overwrite) -> Result<(), CliError> {
        match self {
            Self::At(path) => write_file(path, new.as_bytes(), overwrite).map_err(|error| {
                if error.kind() == io::ErrorKind::AlreadyExists {
                    return CliError::new(Exit::Refused, format!("{} is there already", path.display()))
                        .hint("`--force` overwrites it; `--spec FILE` writes another");
                }
                CliError::file("write", path, &error)
            }),
            Self::Memory { text, .. } => {
                *text.lock().unwrap_or_else(PoisonError::into_inner) = Some(new.to_owned());
                Ok(())
            }
        }
    }
}

/// Writes a file, whole or not at all: beside it first, then into its place. What is no plain file (a device, a pipe) is
/// written into, never replaced; a link is followed, and stays.
pub(crate) fn write_file(path: &Path, bytes: &[u8], overwrite: Overwrite) -> io::Result<()> {
    let there = fs::metadata(path);
    if overwrite == Overwrite::Yes && there.as_ref().is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        return fs::OpenOptions::new().write(true).open(path)?.write_all(bytes);
    }
    let followed = if there.is_ok() { fs::canonicalize(path)? } else { path.to_owned() };
    let path = followed.as_path();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = tempfile::Builder::new().permissions(usual_permissions()).tempfile_in(folder);
    // The full text names a file that the user never heard of.
    let mut file = beside.map_err(|error| io::Error::from(error.kind()))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    match overwrite {
        Overwrite::Yes => file.persist(path)?,
        Overwrite::No => file.persist_noclobber(path)?,
    };
    Ok(())
}

/// Those of a file made in the usual way; the system takes away what the user's mask forbids.
fn usual_permissions() -> fs::Permissions {
    #[cfg(unix)]
    return std::os::unix::fs::PermissionsExt::from_mode(0o666);
    #[cfg(not(unix))]
    return fs::Permissions::default();
}

/// 16 characters that no other run has, from the keys that the standard library draws for its own hashing.
fn random_text() -> String {
    format!("{:016x}", RandomState::new().build_hasher().finish())
}
