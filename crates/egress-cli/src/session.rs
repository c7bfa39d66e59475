//! What a command works with: which cloud, which clock, which Spec, and how it speaks.

use std::{
    fs,
    hash::{BuildHasher, Hasher, RandomState},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

#[cfg(feature = "aws")]
use egress_core::ErrorKind;
use egress_core::{Clock, Cloud, execute::Pace, spec::parse};
use egress_mock::{Config, FileError, MockCloud, Profile, Timing};
use futures::future::BoxFuture;

#[cfg(feature = "aws")]
use crate::args::AwsArgs;
use crate::{
    args::{CloudChoice, Global, MockArgs},
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
    /// Amazon Web Services.
    #[cfg(feature = "aws")]
    Aws(egress_aws::AwsCloud),
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
    pub(crate) async fn open(global: &Global, out: Out) -> Result<Self, CliError> {
        match global.cloud {
            #[cfg(feature = "aws")]
            CloudChoice::Aws => Self::open_aws(global, out).await,
            #[cfg(not(feature = "aws"))]
            CloudChoice::Aws => Err(no_aws()),
            CloudChoice::Mock => Ok(Self::open_mock(global, out)?.0),
        }
    }

    /// Opens the mock cloud in its file; gives it beside the session, for what only a mock can be asked for.
    pub(crate) fn open_mock(global: &Global, out: Out) -> Result<(Self, MockCloud), CliError> {
        let clock: Arc<dyn Clock> = Arc::new(RealClock::default());
        let spec = SpecFile::At(global.spec.clone());
        let config = mock_config(global.timing_profile()?.unwrap_or(Profile::Instant), &global.mock, &spec);
        let path = &global.mock.mock_file;
        let cloud = MockCloud::open(path, config, Arc::clone(&clock)).map_err(|error| mock_file(&error))?;
        let session = Self {
            out,
            spec,
            pace: cloud.pace(),
            cloud: Backend::Mock(cloud.clone()),
            clock,
            interrupt: Interrupt::CtrlC,
            nonce: random_text(),
        };
        Ok((session, cloud))
    }

    #[cfg(feature = "aws")]
    async fn open_aws(global: &Global, out: Out) -> Result<Self, CliError> {
        let spec = SpecFile::At(global.spec.clone());
        let connected = egress_aws::AwsCloud::connect(&aws_settings(global, &spec)).await;
        let cloud = connected.map_err(|error| match error.kind {
            // What was asked for makes no sense; nothing was asked of AWS yet.
            ErrorKind::Invalid => CliError { exit: Exit::Usage, ..error.into() },
            _ => error.into(),
        })?;
        Ok(Self {
            out,
            spec,
            cloud: Backend::Aws(cloud),
            clock: Arc::new(RealClock::default()),
            interrupt: Interrupt::CtrlC,
            pace: egress_aws::AwsCloud::pace(),
            nonce: random_text(),
        })
    }

    /// The cloud, whichever it is.
    pub(crate) fn cloud(&self) -> &dyn Cloud {
        match &self.cloud {
            #[cfg(feature = "aws")]
            Backend::Aws(cloud) => cloud,
            Backend::Mock(cloud) => cloud,
        }
    }

    /// The URL of a host that answers with the IP it sees.
    pub(crate) fn echo_url(&self) -> String {
        match &self.cloud {
            #[cfg(feature = "aws")]
            Backend::Aws(_) => egress_aws::ECHO_URL.to_owned(),
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
            #[cfg(feature = "aws")]
            Backend::Aws(_) => Ok(()),
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

impl Global {
    /// What `--profile` means to the mock.
    pub(crate) fn timing_profile(&self) -> Result<Option<Profile>, CliError> {
        match self.profile.as_deref() {
            None => Ok(None),
            Some("instant") => Ok(Some(Profile::Instant)),
            Some("aws") => Ok(Some(Profile::Aws)),
            Some(other) => Err(CliError::new(Exit::Usage, format!("the mock has no profile `{other}`"))
                .hint("`--profile instant`: nothing takes any time; `--profile aws`: all takes what it takes on AWS")),
        }
    }
}

/// How the mock is to behave, as the command line says. A new one is of the account and region that the Spec is for.
pub(crate) fn mock_config(profile: Profile, args: &MockArgs, spec: &SpecFile) -> Config {
    let mut config = Config { timing: Timing { profile, speed: args.speed }, ..Config::new(args.seed) };
    let place = spec.place();
    config.place.account = place.account.unwrap_or(config.place.account);
    config.place.region = place.region.unwrap_or(config.place.region);
    config
}

/// How AWS is reached: in the Spec's region, unless the command line names another one (which is then refused, if the Spec
/// is for a region at all).
#[cfg(feature = "aws")]
fn aws_settings(global: &Global, spec: &SpecFile) -> egress_aws::Settings {
    let AwsArgs { region, role_arn, endpoint_url } = global.aws.clone();
    egress_aws::Settings::default()
        .profile(global.profile.clone())
        .region(region.or_else(|| spec.place().region))
        .role_arn(role_arn)
        .endpoint_url(endpoint_url)
}

#[cfg(not(feature = "aws"))]
pub(crate) fn no_aws() -> CliError {
    CliError::new(Exit::Refused, "this egress was built without the AWS backend").hint(
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

/// Who may read a file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Whom the user's mask lets.
    Anyone,
    /// Its owner.
    Owner,
}

/// The longest egress.toml, in bytes: what is longer is none, and a device may never end.
const LONGEST_SPEC: u64 = 1 << 20;

fn read_text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(LONGEST_SPEC + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST_SPEC {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is longer than 1 MiB, which no egress.toml is"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        io::Error::new(io::ErrorKind::InvalidData, format!("line {line} is not UTF-8 text"))
    })
}

/// The account and the region that a Spec is for, as far as it says so.
#[derive(Default)]
pub(crate) struct SpecPlace {
    pub(crate) account: Option<String>,
    pub(crate) region: Option<String>,
}

impl SpecFile {
    /// Where the Spec is for. A Spec that is not there or wrong says nothing here: that is said when a command reads it.
    pub(crate) fn place(&self) -> SpecPlace {
        match self.read().ok().map(|text| parse(&text)) {
            Some(Ok(parsed)) => SpecPlace { account: parsed.spec.account, region: parsed.spec.region },
            _ => SpecPlace::default(),
        }
    }

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
            let hint = match error.kind() {
                io::ErrorKind::NotFound => Some("`egress init` writes one; `--spec FILE` names another"),
                io::ErrorKind::InvalidData => Some("save it again as UTF-8: editors let you choose the encoding"),
                _ => None,
            };
            let error = CliError::file("read", self.name(), &error);
            hint.into_iter().fold(error, CliError::hint)
        })
    }

    /// Writes the text, whole or not at all.
    pub(crate) fn write(&self, new: &str, overwrite: Overwrite) -> Result<(), CliError> {
        match self {
            Self::At(path) => write_file(path, new.as_bytes(), overwrite, Readers::Anyone).map_err(|error| {
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
pub(crate) fn write_file(path: &Path, bytes: &[u8], overwrite: Overwrite, readers: Readers) -> io::Result<()> {
    let there = fs::metadata(path);
    if overwrite == Overwrite::Yes && there.as_ref().is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        return fs::OpenOptions::new().write(true).open(path)?.write_all(bytes);
    }
    let followed = if there.is_ok() { fs::canonicalize(path)? } else { path.to_owned() };
    let path = followed.as_path();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = tempfile::Builder::new().permissions(permissions(readers)).tempfile_in(folder);
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

/// For anyone, those of a file made in the usual way: the system takes away what the user's mask forbids.
#[cfg(unix)]
fn permissions(readers: Readers) -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(match readers {
        Readers::Anyone => 0o666,
        Readers::Owner => 0o600,
    })
}

#[cfg(not(unix))]
fn permissions(_: Readers) -> fs::Permissions {
    fs::Permissions::default()
}

/// 16 characters that no other run has, from the keys that the standard library draws for its own hashing.
fn random_text() -> String {
    format!("{:016x}", RandomState::new().build_hasher().finish())
}
