//! Where the Worlds come from that are looked into: the cloud, or files.

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};

use egress_core::{Scope, World, execute::observe, world::Place};
use egress_mock::MockCloud;
use egress_snapshot::ReadError;

use crate::{
    args::{FromArgs, Global},
    error::CliError,
    exit::Exit,
    output::Out,
    session::{Backend, Session},
};

/// Where Worlds come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WorldSource {
    /// The cloud that the command line names: the account as it is now.
    Cloud,
    /// A folder of what the AWS CLI printed, perhaps of several accounts and regions.
    Snapshot(PathBuf),
    /// What `terraform show -json` printed of a plan or a state.
    Terraform(PathBuf),
}

/// The Worlds that are looked into, one for each account and region.
pub(crate) struct Worlds {
    /// At least one, ordered by place.
    pub(crate) worlds: Vec<World>,
    /// What was not understood of files, for people.
    pub(crate) notes: Vec<String>,
    /// The mock, whose internet knows its own hosts.
    mock: Option<MockCloud>,
}

impl WorldSource {
    /// The source that the command line names.
    pub(crate) fn of(from: &FromArgs) -> Self {
        match (&from.snapshot, &from.terraform) {
            (Some(folder), _) => Self::Snapshot(folder.clone()),
            (None, Some(file)) => Self::Terraform(file.clone()),
            (None, None) => Self::Cloud,
        }
    }

    /// Reads its Worlds: all of the account and region that the command line asks for, or of every one that files hold.
    pub(crate) async fn read(&self, global: &Global, account: Option<&str>, out: Out) -> Result<Worlds, CliError> {
        let worlds = match self {
            Self::Cloud => of_cloud(global, out).await?,
            Self::Snapshot(folder) => of_snapshot(folder)?,
            Self::Terraform(file) => of_terraform(file)?,
        };
        let region = global.aws.region.as_deref();
        let fits = |wanted: Option<&str>, is: &str| is.is_empty() || wanted.is_none_or(|wanted| wanted == is);
        let chosen = |place: &Place| fits(account, &place.account) && fits(region, &place.region);
        let there: Vec<String> = worlds.worlds.iter().map(|world| show(&world.network.place)).collect();
        let worlds =
            Worlds { worlds: worlds.worlds.into_iter().filter(|w| chosen(&w.network.place)).collect(), ..worlds };
        if worlds.worlds.is_empty() {
            return Err(self.elsewhere(account, region, &there));
        }
        Ok(worlds)
    }

    /// Why nothing is left of what was read.
    fn elsewhere(&self, account: Option<&str>, region: Option<&str>, there: &[String]) -> CliError {
        let wanted: Vec<String> = (account.map(|account| format!("account {account}")).into_iter())
            .chain(region.map(|region| format!("region {region}")))
            .collect();
        let wanted = wanted.join(", ");
        match self {
            Self::Cloud => CliError::new(Exit::Denied, format!("this is {}, not {wanted}", there.join(" and ")))
                .hint("use the credentials and settings of the account that is meant"),
            Self::Snapshot(path) | Self::Terraform(path) => {
                CliError::new(Exit::NotFound, format!("{} holds nothing of {wanted}", path.display()))
                    .hint(format!("it holds {}", there.join("; ")))
            }
        }
    }
}

impl Worlds {
    /// The address of a host of the mock internet.
    pub(crate) fn mock_ip(&self, name: &str) -> Option<IpAddr> {
        self.mock.as_ref().and_then(|mock| mock.internet().ip_of(name)).map(IpAddr::V4)
    }
}

async fn of_cloud(global: &Global, out: Out) -> Result<Worlds, CliError> {
    let session = Session::open(global, out).await?;
    let looked = observe(session.cloud(), session.clock.as_ref(), &Scope::Everything, &session.nonce).await;
    let closed = session.close();
    let world = looked?;
    closed?;
    let mock = match &session.cloud {
        #[cfg(feature = "aws")]
        Backend::Aws(_) => None,
        Backend::Mock(mock) => Some(mock.clone()),
    };
    Ok(Worlds { worlds: vec![world], notes: Vec::new(), mock })
}

fn of_snapshot(folder: &Path) -> Result<Worlds, CliError> {
    let snapshot = egress_snapshot::read_dir(folder).map_err(|error| {
        let hint = match &error {
            ReadError::Folder { .. } => "`egress snapshot DIR` writes such a folder",
            ReadError::Nothing { .. } => "save what `aws ec2 describe-vpcs` and the like print as JSON files in it",
        };
        let message = format!("{} is no snapshot", folder.display());
        CliError::new(Exit::File, message).caused_by(&error).hint(hint)
    })?;
    let notes = snapshot.notes.iter().map(ToString::to_string).collect();
    Ok(Worlds { worlds: snapshot.worlds.into_values().collect(), notes, mock: None })
}

fn of_terraform(file: &Path) -> Result<Worlds, CliError> {
    let fails = |error: &(dyn std::error::Error + 'static)| {
        CliError::new(Exit::File, format!("{} is no plan and no state of Terraform's", file.display()))
            .caused_by(error)
            .hint("`terraform show -json PLAN > plan.json` prints one; without PLAN it prints the state")
    };
    let bytes = std::fs::read(file).map_err(|error| fails(&error))?;
    let snapshot = egress_snapshot::terraform::read(file, &bytes).map_err(|error| fails(&error))?;
    let notes = snapshot.notes.iter().map(ToString::to_string).collect();
    Ok(Worlds { worlds: snapshot.worlds.into_values().collect(), notes, mock: None })
}

/// A place, for people.
pub(crate) fn show(place: &Place) -> String {
    let or = |text: &str| if text.is_empty() { "unknown".to_owned() } else { text.to_owned() };
    format!("account {}, region {}", or(&place.account), or(&place.region))
}
