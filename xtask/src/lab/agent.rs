//! The processes in the namespaces.
//!
//! `cargo xtask lab` starts one *keeper* for each World, as the first process of a PID namespace of its own, in network and mount
//! namespaces of its own. It starts one *agent* in a new network namespace for each [`Space`], links them, sets them up and lets
//! them call each other. When the keeper ends, for whatever reason, the kernel ends all of its agents, and with the last process
//! of a namespace goes the namespace: nothing is left over, and nothing has a name on the host.
//!
//! They talk in lines of JSON over stdin and stdout. A keeper whose stdin is closed ends at once: so ends what a dead run began.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
    time::Duration,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use socket2::{Domain, Socket, Type};

use super::net::{Attempt, Net, Role, Space};
use crate::run::{Result, print};

/// The longest that one World may take.
const AT_MOST: Duration = Duration::from_secs(60);
/// How long a server may take to say what it saw, once there is a connection.
const ANSWER: Duration = Duration::from_secs(5);
/// The stack of a thread that makes one connection.
const SMALL_STACK: usize = 64 * 1024;

/// Which process to be. Only `cargo xtask lab` starts them.
#[derive(clap::Args)]
pub(crate) struct Args {
    part: Part,
    /// The process that runs the lab, so that `cargo xtask lab --clean` can tell who is left over.
    run: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// The first process of a World.
    Keeper,
    /// The one process of a namespace.
    Agent,
}

/// What was seen in a World: per client namespace, each connection, and the IP that the server saw where one was made.
pub(super) type Seen = Vec<(String, Vec<(Attempt, Option<Ipv4Addr>)>)>;

/// Whether all went well.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Answer<T> {
    Done(T),
    Failed(String),
}

impl<T> Answer<T> {
    pub(super) fn into_result(self) -> Result<T> {
        match self {
            Self::Done(done) => Ok(done),
            Self::Failed(why) => Err(why),
        }
    }
}

/// What an agent is told first.
#[derive(Serialize, Deserialize)]
struct Order {
    space: Space,
    patience: u64,
}

/// Is the process. What fails is told on stdout.
pub(crate) fn run(args: &Args) -> Result {
    // Nobody may wait for ever, whatever hangs.
    thread::spawn(|| {
        thread::sleep(AT_MOST);
        std::process::exit(1);
    });
    match args.part {
        Part::Keeper => {
            let mut stdin = BufReader::new(std::io::stdin());
            let net = hear(&mut stdin);
            thread::spawn(move || {
                let _ = stdin.read_to_end(&mut Vec::new());
                std::process::exit(1);
            });
            say(&answer(net.and_then(|net| keep(&net, args.run))))
        }
        Part::Agent => {
            let mut stdin = BufReader::new(std::io::stdin());
            say(&answer(open()))?;
            let order: Order = hear(&mut stdin)?;
            say(&answer(set_up(&order.space)))?;
            let Role::Client(attempts) = &order.space.role else {
                // A server's threads go on until the keeper ends.
                let _ = stdin.read_to_end(&mut Vec::new());
                return Ok(());
            };
            let () = hear(&mut stdin)?;
            say(&answer(call_all(attempts, Duration::from_millis(order.patience))))
        }
    }
}

fn answer<T>(result: Result<T>) -> Answer<T> {
    match result {
        Ok(done) => Answer::Done(done),
        Err(why) => Answer::Failed(why),
    }
}

fn say(what: &impl Serialize) -> Result {
    let line = serde_json::to_string(what).map_err(|error| error.to_string())?;
    print(&(line + "\n"));
    std::io::stdout().flush().map_err(|error| error.to_string())
}

pub(super) fn hear<T: DeserializeOwned>(from: &mut impl BufRead) -> Result<T> {
    let mut line = String::new();
    let read = from.read_line(&mut line).map_err(|error| error.to_string())?;
    if read == 0 {
        return Err("a process of the lab ended too early".to_owned());
    }
    serde_json::from_str(&line).map_err(|error| format!("a process of the lab said `{}`: {error}", line.trim_end()))
}

// --- the keeper ----------------------------------------------------------------------------------------------------------

/// An agent, seen from the keeper.
struct Agent {
    /// Kept so that its stdin stays open.
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Agent {
    fn start(run: u32) -> Result<Self> {
        let own = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut command = Command::new("unshare");
        command.arg("--net").arg(own).args(["lab-agent", "agent", &run.to_string()]);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = child.map_err(|error| format!("unshare did not start: {error}"))?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let (Some(stdin), Some(stdout)) = (stdin, stdout) else { return Err("an agent has no pipes".to_owned()) };
        Ok(Self { child, stdin, stdout: BufReader::new(stdout) })
    }

    fn tell(&mut self, what: &impl Serialize) -> Result {
        let line = serde_json::to_string(what).map_err(|error| error.to_string())? + "\n";
        self.stdin.write_all(line.as_bytes()).map_err(|error| format!("an agent does not listen: {error}"))
    }

    fn ask<T: DeserializeOwned>(&mut self) -> Result<T> {
        hear::<Answer<T>>(&mut self.stdout)?.into_result()
    }
}

/// Builds a World, lets its clients call, and gives back what was seen. Everybody is asked before anybody is waited for.
fn keep(net: &Net, run: u32) -> Result<Seen> {
    let mut agents = net.spaces.iter().map(|_| Agent::start(run)).collect::<Result<Vec<_>>>()?;
    agents.iter_mut().try_for_each(Agent::ask::<()>)?;
    link(net, &agents)?;
    for (agent, space) in agents.iter_mut().zip(&net.spaces) {
        agent.tell(&Order { space: space.clone(), patience: net.patience })?;
    }
    for (agent, space) in agents.iter_mut().zip(&net.spaces) {
        agent.ask::<()>().map_err(|error| format!("{}: {error}", space.name))?;
    }
    let clients = agents.iter_mut().zip(&net.spaces).filter_map(|(agent, space)| match &space.role {
        Role::Client(attempts) => Some((agent, &space.name, attempts)),
        Role::Router | Role::Server(_) => None,
    });
    let mut clients: Vec<_> = clients.collect();
    clients.iter_mut().try_for_each(|(agent, ..)| agent.tell(&()))?;
    let seen = clients.into_iter().map(|(agent, name, attempts)| {
        let answers: Vec<Option<Ipv4Addr>> = agent.ask().map_err(|error| format!("{name}: {error}"))?;
        Ok((name.clone(), attempts.iter().copied().zip(answers).collect()))
    });
    seen.collect()
}

/// Makes every link straight into the namespaces of its ends.
fn link(net: &Net, agents: &[Agent]) -> Result {
    let mut batch = String::new();
    for ends in &net.links {
        let [one, other] = ends.each_ref().map(|(space, name)| {
            let at = net.spaces.iter().position(|s| &s.name == space).and_then(|at| agents.get(at));
            at.map(|agent| (name, agent.child.id())).ok_or_else(|| format!("there is no namespace {space}"))
        });
        let ((one, at), (other, to)) = (one?, other?);
        batch += &format!("link add {one} netns {at} type veth peer name {other} netns {to}\n");
    }
    feed("ip", &["-batch", "-"], &batch)
}

/// Runs a program on a text; what it complains about is the error.
fn feed(name: &str, args: &[&str], text: &str) -> Result {
    let mut command = Command::new(name);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("{name} did not start: {error}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(text.as_bytes()).map_err(|error| format!("{name} does not read: {error}"))?;
    }
    let output = child.wait_with_output().map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("`{name} {}` failed: {}", args.join(" "), String::from_utf8_lossy(&output.stderr).trim_end()))
}

// --- an agent ------------------------------------------------------------------------------------------------------------

/// Before it has links: the kernel must not second-guess where packets come from.
fn open() -> Result {
    for (name, value) in
        [("conf/all/rp_filter", "0"), ("conf/default/rp_filter", "0"), ("conf/all/accept_redirects", "0")]
    {
        kernel_setting(name, value)?;
    }
    Ok(())
}

fn kernel_setting(name: &str, value: &str) -> Result {
    let path = format!("/proc/sys/net/ipv4/{name}");
    fs::write(&path, value).map_err(|error| format!("{path} cannot be written: {error}"))
}

/// Once it has its links: filters before addresses, and a server listens before anybody is told to call.
fn set_up(space: &Space) -> Result {
    if !space.nft.is_empty() {
        feed("nft", &["-f", "-"], &space.nft)?;
    }
    feed("ip", &["-batch", "-"], &(space.ip.join("\n") + "\n"))?;
    match &space.role {
        Role::Router => kernel_setting("ip_forward", "1"),
        Role::Server(ports) => {
            let mut ports = ports.clone();
            ports.sort_unstable();
            ports.dedup();
            ports.into_iter().try_for_each(serve)
        }
        Role::Client(_) => Ok(()),
    }
}

/// Tells every caller which IP it is seen with.
fn serve(port: u16) -> Result {
    let all = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
    let listener = TcpListener::bind(all).map_err(|error| format!("{all} cannot be listened on: {error}"))?;
    thread::spawn(move || {
        for mut caller in listener.incoming().flatten() {
            if let Ok(seen) = caller.peer_addr() {
                // A caller that is gone needs no answer.
                let _ = caller.write_all(seen.ip().to_string().as_bytes());
            }
        }
    });
    Ok(())
}

/// Makes all connections at once; the IP that the server says it saw, or nothing where none came about in time.
fn call_all(attempts: &[Attempt], patience: Duration) -> Result<Vec<Option<Ipv4Addr>>> {
    let start = |attempt: Attempt| {
        thread::Builder::new()
            .stack_size(SMALL_STACK)
            .spawn(move || call(attempt, patience))
            .map_err(|error| format!("there are no more threads: {error}"))
    };
    let threads = attempts.iter().map(|attempt| start(*attempt)).collect::<Result<Vec<_>>>()?;
    threads.into_iter().map(|thread| thread.join().map_err(|_| "a caller died".to_owned())?).collect()
}

fn call(attempt: Attempt, patience: Duration) -> Result<Option<Ipv4Addr>> {
    let Attempt { from_port, to, port } = attempt;
    let failed = |error: std::io::Error| format!("a connection from port {from_port} to {to}:{port} failed: {error}");
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).map_err(failed)?;
    // Connections to other places are made from the same port at the same time.
    socket.set_reuse_address(true).map_err(failed)?;
    socket.bind(&SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, from_port).into()).map_err(failed)?;
    match socket.connect_timeout(&SocketAddrV4::new(to, port).into(), patience) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::TimedOut => return Ok(None),
        Err(error) => return Err(failed(error)),
    }
    let mut stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(ANSWER)).map_err(failed)?;
    let mut seen = String::new();
    stream.read_to_string(&mut seen).map_err(failed)?;
    seen.parse().map(Some).map_err(|_| format!("a server said `{seen}`"))
}
