//! `egress mock serve` and `egress mock run`: the mock cloud as an HTTP server that speaks AWS's wire formats.

use std::{
    ffi::OsString,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    process::{ExitStatus, Stdio},
    sync::Arc,
};

use egress_core::Clock;
use egress_mock::{Config, DefaultVpc, MockCloud, Profile, transport::server};
use serde::Serialize;
use tokio::{net::TcpListener, process::Command};

use super::mock::{Role, create_function};
use crate::{
    args::{Global, RunArgs, ServeArgs, ServedArgs},
    clock::RealClock,
    error::CliError,
    exit::Exit,
    output::Out,
    render::View,
    session::{SpecFile, mock_config, mock_file},
};

/// The one line that says that the server answers.
#[derive(Serialize)]
struct Ready {
    /// Where.
    endpoint_url: String,
    region: String,
    account: String,
}

impl View for Ready {
    fn human(&self) -> String {
        format!("ready on {} (region {}, account {})\n", self.endpoint_url, self.region, self.account)
    }
}

/// Serves until SIGTERM or Ctrl-C.
pub(super) async fn serve(global: &Global, args: &ServeArgs, out: Out) -> Result<(), CliError> {
    let cloud = cloud(global, &args.served)?;
    let listener = listen(SocketAddr::new(args.host, args.port)).await?;
    // Before anybody is told that it answers: whoever reads the line may stop it at once.
    let stop = stopped()?;
    let address = listener.local_addr().map_err(|error| cannot_listen(args.host, args.port, &error))?;
    let place = cloud.world().network.place;
    out.show(&Ready { endpoint_url: url(address), region: place.region, account: place.account })?;
    server::serve(&cloud, listener, stop).await;
    cloud.save().map_err(|error| mock_file(&error))
}

/// Serves on a free port while a command runs, and ends as the command does.
pub(super) async fn run(global: &Global, args: &RunArgs) -> Result<(), CliError> {
    let cloud = cloud(global, &args.served)?;
    let listener = listen(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0)).await?;
    let address = listener.local_addr().map_err(|error| cannot_listen(Ipv4Addr::LOCALHOST.into(), 0, &error))?;
    let region = cloud.world().network.place.region;
    let (program, rest) =
        args.command.split_first().ok_or_else(|| CliError::new(Exit::Usage, "no command is named"))?;
    let child = Command::new(program)
        .args(rest)
        .envs(environment(&url(address), &region))
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_SESSION_TOKEN")
        .stdin(Stdio::inherit())
        .kill_on_drop(true)
        .spawn();
    let mut child = child.map_err(|error| cannot_run(program, &error))?;
    // Ctrl-C reaches the command too: it is the one to end, and then this does.
    let _ignored = stopped()?;
    let (ended, done) = futures::channel::oneshot::channel::<()>();
    let wait = async {
        let status = child.wait().await;
        drop(ended);
        status
    };
    let (status, ()) = tokio::join!(
        wait,
        server::serve(&cloud, listener, async {
            // The sender is only ever dropped.
            let _ = done.await;
        })
    );
    cloud.save().map_err(|error| mock_file(&error))?;
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(CliError::said(Exit::Command(code(status)))),
        Err(error) => Err(cannot_run(program, &error)),
    }
}

/// The cloud that is served: in memory alone, unless it is to be kept.
fn cloud(global: &Global, served: &ServedArgs) -> Result<MockCloud, CliError> {
    let clock: Arc<dyn Clock> = Arc::new(RealClock::default());
    let profile = global.timing_profile()?.unwrap_or(Profile::Instant);
    let config = Config {
        default_vpc: if served.no_default_vpc { DefaultVpc::Absent } else { DefaultVpc::Present },
        ..mock_config(profile, &global.mock, &SpecFile::At(global.spec.clone()))
    };
    let cloud = if served.keep {
        MockCloud::open(&global.mock.mock_file, config, clock).map_err(|error| mock_file(&error))?
    } else {
        MockCloud::new(config, clock)
    };
    let there = cloud.world().function.functions;
    for name in served.functions.iter().filter(|name| !there.contains_key(name)) {
        create_function(&cloud, name, Role::Made, None)?;
    }
    Ok(cloud)
}

async fn listen(address: SocketAddr) -> Result<TcpListener, CliError> {
    TcpListener::bind(address).await.map_err(|error| cannot_listen(address.ip(), address.port(), &error))
}

/// What AWS's tools and SDKs read.
fn environment(endpoint_url: &str, region: &str) -> [(&'static str, String); 7] {
    [
        ("AWS_ENDPOINT_URL", endpoint_url.to_owned()),
        ("AWS_REGION", region.to_owned()),
        ("AWS_DEFAULT_REGION", region.to_owned()),
        ("AWS_ACCESS_KEY_ID", "AKIAEGRESSMOCKEXAMPLE".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "any-secret-will-do".to_owned()),
        // Nobody is to be asked for credentials where these are of no use.
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("AWS_PAGER", String::new()),
    ]
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// Resolves on SIGTERM and on Ctrl-C, from now on.
#[cfg(unix)]
fn stopped() -> Result<impl Future<Output = ()>, CliError> {
    use tokio::signal::unix::{SignalKind, signal};
    let cannot = |error: std::io::Error| CliError::new(Exit::File, "cannot listen for signals").caused_by(&error);
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate()).map_err(cannot)?, signal(SignalKind::interrupt()).map_err(cannot)?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Resolves on Ctrl-C.
#[cfg(not(unix))]
fn stopped() -> Result<impl Future<Output = ()>, CliError> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

/// The code that a shell would see.
fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status).map(|signal| 128 + signal);
    #[cfg(not(unix))]
    let signal = None;
    status.code().or(signal).and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

fn cannot_listen(host: IpAddr, port: u16, error: &std::io::Error) -> CliError {
    CliError::new(Exit::File, format!("cannot listen on {}", SocketAddr::new(host, port)))
        .caused_by(error)
        .hint("`--port 0` takes a port that is free")
}

fn cannot_run(program: &OsString, error: &std::io::Error) -> CliError {
    CliError::new(Exit::File, format!("cannot run {}", program.display())).caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_url_for_both_families() {
        assert_eq!(url(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 4566)), "http://127.0.0.1:4566");
        assert_eq!(url(SocketAddr::new(std::net::Ipv6Addr::LOCALHOST.into(), 4566)), "http://[::1]:4566");
    }
}
