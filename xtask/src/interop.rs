//! `cargo xtask interop`: with software that nobody here wrote.
//!
//! Our backend goes through the laws and a journey against moto, an emulator of AWS by others; `cargo xtask e2e` goes from
//! nothing to nothing against our emulator; then the AWS CLI and boto3 read the reference stack out of it, and the AWS CLI alone
//! builds what egress then follows packets through. Python packages are put into `target/interop`, once.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    e2e,
    run::{Result, built, cargo, print, program, root, show},
};

/// What is installed. moto is pinned: its answers are what is tested against.
const PACKAGES: [&str; 3] = ["moto[server]==5.2.1", "boto3", "awscli"];
/// How many times faster than on AWS to wait on an emulator where nothing takes any time.
const FASTER: &str = "100";
/// How long a server may take to answer.
const START: Duration = Duration::from_secs(60);

/// What to try.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only this part.
    #[arg(long)]
    only: Option<Part>,
}

/// A part of it.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Our backend against moto.
    Moto,
    /// `cargo xtask e2e` against our emulator.
    E2e,
    /// The AWS CLI and boto3 against our emulator.
    Readers,
    /// What the AWS CLI alone builds, broken and followed by `egress trace` and `egress doctor`.
    Plain,
}

/// Installs, then tries both parts.
pub(crate) fn run(args: &Args) -> Result {
    let python = install()?;
    let wanted = |part| args.only.is_none_or(|only| only == part);
    if wanted(Part::Moto) {
        against_moto(&python)?;
    }
    if wanted(Part::E2e) {
        e2e_on_the_emulator()?;
    }
    if wanted(Part::Readers) {
        read_by_others(&python)?;
    }
    if wanted(Part::Plain) {
        look_at_what_others_made(&python)?;
    }
    Ok(())
}

/// A virtual environment with the packages; the folder of its programs.
fn install() -> Result<PathBuf> {
    let folder = root().join("target/interop");
    let programs = folder.join("bin");
    let mark = folder.join("installed");
    let wanted = PACKAGES.join("\n");
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(programs);
    }
    show(program("python3", ["-m", "venv", "--clear", &folder.to_string_lossy()]))?;
    let pip = programs.join("pip").to_string_lossy().into_owned();
    show(program(&pip, ["install", "--quiet", "--disable-pip-version-check"].into_iter().chain(PACKAGES)))?;
    fs::write(&mark, wanted).map_err(|error| format!("{} cannot be written: {error}", mark.display()))?;
    Ok(programs)
}

/// The laws and a journey, on moto: tests of `egress-aws` that mend around what moto does otherwise than AWS, and name what
/// cannot be mended.
fn against_moto(programs: &Path) -> Result {
    let port = free_port()?;
    let moto = programs.join("moto_server").to_string_lossy().into_owned();
    let mut command = program(&moto, ["-H", "127.0.0.1", "-p", &port.to_string()]);
    command.env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true").stdout(Stdio::null()).stderr(Stdio::null());
    let server = Server::start(command)?;
    until_it_answers(port)?;
    // One after the other: they share the server's one account.
    let tests =
        ["test", "--quiet", "--lib", "--workspace", "--all-features", "--", "--ignored", "--test-threads=1", "moto"];
    let mut tests = cargo(tests);
    tests.env("EGRESS_MOTO", format!("http://127.0.0.1:{port}"));
    let tried = show(as_anybody(tests));
    drop(server);
    tried
}

/// `cargo xtask e2e` on our own emulator, as anybody would run it on AWS.
fn e2e_on_the_emulator() -> Result {
    let mut e2e = e2e::program()?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (server, url) = emulator(folder.path(), &[])?;
    e2e.args(["--endpoint-url", &url, "--region", REGION, "--faster", FASTER]);
    show(as_anybody(e2e))?;
    server.stop()
}

/// `egress mock serve` on a free port, and its endpoint.
fn emulator(folder: &Path, functions: &[&str]) -> Result<(Server, String)> {
    let mut command = Command::new(built("egress")?);
    command.args(["mock", "serve", "--port", "0"]).current_dir(folder);
    command.args(functions.iter().flat_map(|name| ["--function", name]));
    let mut server = Server::start_talking(command)?;
    let url = server.first_word_after("ready on ")?;
    Ok((server, url))
}

/// The reference stack, made by our command line in our emulator, and read by others.
fn read_by_others(programs: &Path) -> Result {
    e2e::build()?;
    let egress = built("egress")?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (server, url) = emulator(folder.path(), &["order-sync"])?;
    let here = |line: &str| {
        let mut command = Command::new(&egress);
        command.args(line.split(' ')).args(["--cloud", "aws", "--endpoint-url", &url, "--region", REGION]);
        command.current_dir(folder.path()).stdin(Stdio::null());
        show(as_anybody(command))
    };
    here("init --stack shop --function order-sync")?;
    here("apply --yes --quiet")?;
    let mut reader =
        program(&programs.join("python").to_string_lossy(), [script("read_stack.py").as_str(), &url, REGION]);
    reader.env("PATH", format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default()));
    show(as_anybody(reader))?;
    here("destroy --yes --quiet")?;
    print("the AWS CLI and boto3 read what egress made\n");
    server.stop()
}

/// A network and a function of the AWS CLI's making, which egress is asked about while they work and broken.
fn look_at_what_others_made(programs: &Path) -> Result {
    e2e::build()?;
    let egress = built("egress")?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (server, url) = emulator(folder.path(), &[])?;
    let python = programs.join("python").to_string_lossy().into_owned();

    let mut builder = program(&python, [script("plain_aws.py").as_str(), &url, REGION, &egress]);
    builder.env("PATH", format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default()));
    show(as_anybody(builder))?;
    print("egress followed packets through what the AWS CLI made\n");
    server.stop()
}

/// Where everything happens.
const REGION: &str = "ap-northeast-1";

/// With credentials that any emulator takes, and none of the tester's own.
fn as_anybody(mut command: Command) -> Command {
    command
        .env("AWS_ACCESS_KEY_ID", "AKIAINTEROPEXAMPLE00")
        .env("AWS_SECRET_ACCESS_KEY", "any-secret-will-do")
        .env("AWS_DEFAULT_REGION", REGION)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_SESSION_TOKEN")
        .env_remove("AWS_ENDPOINT_URL");
    command
}

fn script(name: &str) -> String {
    root().join("xtask/interop").join(name).to_string_lossy().into_owned()
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    listener.map(|address| address.port()).map_err(|error| format!("there is no free port: {error}"))
}

fn until_it_answers(port: u16) -> Result {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let began = Instant::now();
    while began.elapsed() < START {
        if TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Err(format!("nothing answers on {address} after {START:?}"))
}

/// A server that ends with this.
struct Server {
    child: Child,
}

impl Server {
    fn start(mut command: Command) -> Result<Self> {
        let child = command.stdin(Stdio::null()).spawn();
        child.map(|child| Self { child }).map_err(|error| format!("a server did not start: {error}"))
    }

    /// One whose stdout is listened to.
    fn start_talking(mut command: Command) -> Result<Self> {
        command.stdout(Stdio::piped());
        Self::start(command)
    }

    /// What follows a text in its first line, up to a space.
    fn first_word_after(&mut self, text: &str) -> Result<String> {
        let stdout = self.child.stdout.take().ok_or("the server's stdout is not there")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
        let word = line.strip_prefix(text).and_then(|rest| rest.split_whitespace().next());
        word.map(str::to_owned).ok_or_else(|| format!("the server said `{}`", line.trim_end()))
    }

    /// Asks it to end, as an operator does, and waits until it has.
    fn stop(mut self) -> Result {
        show(program("kill", ["-TERM", &self.child.id().to_string()]))?;
        let status = self.child.wait().map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("the server ended with {status} on SIGTERM")) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
