//! `kill -9` of the binary at random moments of an apply against the emulator: whatever it was killed in the middle of, the
//! next undisturbed apply leaves one of everything.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use egress_core::{Key, Kind, Owner, World};

use crate::folder;

/// How often a run is killed in all.
const KILLS: u32 = 50;
/// How often at most before an apply is left undisturbed.
const KILLS_IN_A_ROW: u32 = 6;
/// How many times faster than AWS the emulator is: a gateway takes about half a second.
const SPEED: &str = "200";
/// Nobody waits longer for a run that nothing disturbs.
const PATIENCE: Duration = Duration::from_secs(60);

const SPEC: &str = "stack = \"shop\"\npreset = \"lambda-static-ip\"\n[[function]]\nname = \"order-sync\"\n";

#[test]
fn an_apply_that_is_killed_at_any_moment_makes_nothing_twice() {
    let seed = std::env::var("EGRESS_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    println!("kill -9 with EGRESS_SEED={seed}");
    let mut dice = fastrand::Rng::with_seed(seed);
    let folder = folder();
    std::fs::write(folder.path().join("egress.toml"), SPEC).unwrap();

    // The first run of a process reads it from the disk; the second one tells how long one takes.
    let mut usual = Duration::ZERO;
    let mut once = BTreeMap::new();
    for _ in 0..2 {
        let emulator = Emulator::serve(folder.path());
        let began = Instant::now();
        emulator.apply_undisturbed(folder.path());
        usual = began.elapsed();
        once = kinds(&emulator.world());
    }
    assert_eq!((once[&Kind::Network], once[&Kind::NatGateway], once[&Kind::Address]), (1, 1, 1), "{once:?}");
    assert!(!once.contains_key(&Kind::Probe), "{once:?}");

    let (mut kills, mut rounds) = (0, 0);
    while kills < KILLS {
        let emulator = Emulator::serve(folder.path());
        let mut moments = Vec::new();
        for _ in 0..KILLS_IN_A_ROW.min(KILLS - kills) {
            let moment = usual.mul_f64(dice.f64());
            let status = emulator.apply(folder.path(), moment);
            if status.signal() != Some(9) {
                assert!(status.success(), "round {rounds}, killed after {moments:?}: {status}");
                break;
            }
            moments.push(moment);
            kills += 1;
        }
        emulator.apply_undisturbed(folder.path());
        let world = emulator.world();
        let told = format!("round {rounds}, killed after {moments:?}: {:#?}", world.owned());
        assert_eq!(kinds(&world), once, "{told}");
        assert_eq!(world.network.networks.len(), 1, "{told}");
        assert_eq!(world.gateway.addresses.len(), 1, "{told}");
        rounds += 1;
    }
    println!("{kills} runs were killed in {rounds} rounds; an undisturbed one takes {usual:?}");
}

/// How many live things of the stack there are of each kind.
fn kinds(world: &World) -> BTreeMap<Kind, usize> {
    let mut kinds = BTreeMap::new();
    let owned: Vec<Owner> = world.owned().into_iter().filter(|o| o.live).map(|o| o.owner).collect();
    for Owner { key: Key { kind, .. }, .. } in owned {
        *kinds.entry(kind).or_default() += 1;
    }
    kinds
}

/// `egress mock serve` in a process of its own; it ends with this.
struct Emulator {
    server: Child,
    /// Kept open: a server that cannot write ends.
    _stdout: BufReader<ChildStdout>,
    url: String,
}

impl Emulator {
    fn serve(folder: &Path) -> Self {
        let mut server = Command::new(env!("CARGO_BIN_EXE_egress"))
            .args(["mock", "serve", "--port", "0", "--no-default-vpc", "--function", "order-sync"])
            .args(["--profile", "aws", "--speed", SPEED])
            .env("AWS_REGION", "ap-northeast-1")
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(folder.join("serve.log")).unwrap())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(server.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap_or_default().to_owned();
        let emulator = Self { server, _stdout: stdout, url };
        assert!(!emulator.url.is_empty(), "the emulator says {line:?}");
        emulator
    }

    /// Applies, and kills the process after this time, unless it has ended by then. It holds no lock: a killed run's would keep
    /// the next one away for five minutes and the time that new things may be invisible. Here nothing but the engine itself keeps
    /// the next run, at once, from making things twice; the lock has tests of its own.
    fn apply(&self, folder: &Path, after: Duration) -> ExitStatus {
        let mut child = Command::new(env!("CARGO_BIN_EXE_egress"))
            .args(["apply", "--yes", "--no-lock", "--cloud", "aws", "--endpoint-url", &self.url])
            .current_dir(folder)
            .env_clear()
            .env("HOME", folder)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_REGION", "ap-northeast-1")
            .env("AWS_ACCESS_KEY_ID", "any")
            .env("AWS_SECRET_ACCESS_KEY", "any")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(folder.join("apply.log")).unwrap())
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let (ended, end) = mpsc::channel();
        std::thread::spawn(move || {
            // The end of its output is the end of the process.
            _ = stdout.read_to_string(&mut String::new());
            _ = ended.send(());
        });
        if end.recv_timeout(after).is_err() {
            // SIGKILL, by its id.
            child.kill().unwrap();
        }
        child.wait().unwrap()
    }

    fn apply_undisturbed(&self, folder: &Path) {
        let status = self.apply(folder, PATIENCE);
        let said = || std::fs::read_to_string(folder.join("apply.log")).unwrap();
        assert!(status.success(), "an undisturbed apply: {status}\n{}", said());
    }

    fn world(&self) -> World {
        serde_json::from_str(&self.get("/_egress/world")).unwrap()
    }

    /// What the emulator itself answers.
    fn get(&self, path: &str) -> String {
        let host = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
        body.to_owned()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It may have ended by itself.
        _ = self.server.kill();
        _ = self.server.wait();
    }
}
