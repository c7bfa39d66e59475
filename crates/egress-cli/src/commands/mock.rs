//! `egress mock`: what users of a cloud do besides egress, and what happens behind its back.

use egress_core::{
    CloudId, FunctionProvider, Invocation, Kind, Owner, Tags, World,
    probe::{Ask, Reply},
    tags,
    world::Target,
};
use egress_mock::{FunctionSetup, MockCloud, RoleSetup};
use serde::Serialize;

use crate::{
    args::{Breakage, MockCommand},
    error::CliError,
    exit::Exit,
    render::View,
    session::Session,
};

/// What a function got when it called a URL.
#[derive(Serialize)]
pub(super) struct Called {
    pub(super) function: CloudId,
    pub(super) url: String,
    pub(super) reply: Reply,
}

impl View for Called {
    fn human(&self) -> String {
        match &self.reply {
            Reply::Answered { status: 200, body } => format!("{}\n", body.trim_end()),
            Reply::Answered { status, body } => format!("HTTP {status}\n{}\n", body.trim_end()),
            Reply::TimedOut => format!("nothing came back within {TIMEOUT_SECONDS}s\n"),
            Reply::Failed { error } => format!("the call failed: {error}\n"),
        }
    }
}

/// How long a function waits for the answer to its call.
const TIMEOUT_SECONDS: u32 = 10;

pub(super) async fn run(session: &Session, mock: &MockCloud, command: &MockCommand) -> Result<(), CliError> {
    match command {
        MockCommand::Function { name, no_role, cloudformation } => {
            let role = if *no_role { Role::Absent } else { Role::Made };
            create_function(mock, name, role, cloudformation.as_deref())?;
            session.out.talk(&format!("made function {name} in the mock cloud\n"));
            Ok(())
        }
        MockCommand::Call { function, url } => session.out.show(&call(mock, function, url).await?),
        MockCommand::Allow { party, ip } => {
            let unknown = |error: egress_mock::UnknownParty| CliError::new(Exit::NotFound, error.to_string());
            mock.internet().allow(party, *ip).map_err(unknown)?;
            session.out.talk(&format!("{party} now admits {ip}\n"));
            Ok(())
        }
        MockCommand::Take { ip } => {
            if !mock.take_released(*ip) {
                return Err(CliError::new(Exit::NotFound, format!("{ip} is no address that this account gave away"))
                    .hint("`egress destroy --release-address IP` gives one away"));
            }
            session.out.talk(&format!("another account has {ip} now\n"));
            Ok(())
        }
        MockCommand::Break { what } => {
            break_it(mock, *what)?;
            session.out.talk("deleted the routes to the NAT gateway behind egress's back\n");
            Ok(())
        }
        MockCommand::Disown => {
            mock.edit(disown);
            session.out.talk("took egress's tags off everything in the mock cloud\n");
            Ok(())
        }
        // Those have clouds of their own.
        MockCommand::Serve(_) | MockCommand::Run(_) => Ok(()),
    }
}

/// Whether a function has a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// One of its own, without permissions.
    Made,
    /// None.
    Absent,
}

/// Makes a function that calls whatever URL it is given; one of a CloudFormation stack's where that is named.
pub(super) fn create_function(
    mock: &MockCloud,
    name: &CloudId,
    role: Role,
    cloudformation: Option<&str>,
) -> Result<(), CliError> {
    let role_name = format!("{name}-role");
    let mut setup = FunctionSetup::new(name.as_str(), role_name.clone());
    if role == Role::Absent {
        setup.role = None;
    }
    let stack = cloudformation.map(|stack| ("aws:cloudformation:stack-name".to_owned(), stack.to_owned()));
    setup.tags.extend(stack);
    mock.create_function(setup)?;
    if role == Role::Made {
        mock.create_role(RoleSetup::new(role_name))?;
    }
    Ok(())
}

/// Lets a function call a URL.
pub(super) async fn call(mock: &MockCloud, function: &CloudId, url: &str) -> Result<Called, CliError> {
    let ask = Ask { url: url.to_owned(), timeout_seconds: TIMEOUT_SECONDS };
    let unreadable = |error: serde_json::Error| {
        CliError::new(Exit::CloudFailed, format!("cannot read what {function} returned")).caused_by(&error)
    };
    let payload = serde_json::to_value(&ask).map_err(unreadable)?;
    let invoked = mock.invoke(&Invocation { function: function.clone(), payload }).await?;
    if let Some(error) = invoked.error {
        return Err(CliError::new(Exit::CloudFailed, format!("{function} failed: {error}")));
    }
    let reply = serde_json::from_value(invoked.payload).map_err(unreadable)?;
    Ok(Called { function: function.clone(), url: url.to_owned(), reply })
}

/// Forgets who made everything.
fn disown(world: &mut World) {
    let strip = |tags: &mut Tags| tags.retain(|name, _| !name.starts_with(tags::PREFIX));
    let (network, gateway, function) = (&mut world.network, &mut world.gateway, &mut world.function);
    network.networks.values_mut().for_each(|x| strip(&mut x.tags));
    network.subnets.values_mut().for_each(|x| strip(&mut x.tags));
    network.route_tables.values_mut().for_each(|x| strip(&mut x.tags));
    network.groups.values_mut().for_each(|x| strip(&mut x.tags));
    gateway.internet_gateways.values_mut().for_each(|x| strip(&mut x.tags));
    gateway.nat_gateways.values_mut().for_each(|x| strip(&mut x.tags));
    gateway.addresses.values_mut().for_each(|x| strip(&mut x.tags));
    function.functions.values_mut().for_each(|x| strip(&mut x.tags));
    // That of the probes is egress's alone.
    function.roles.retain(|_, x| Owner::of(&x.tags).is_none());
}

/// Breaks something of egress's behind its back.
pub(super) fn break_it(mock: &MockCloud, what: Breakage) -> Result<(), CliError> {
    let deleted = match what {
        Breakage::NatRoute => mock.edit(delete_nat_routes),
    };
    if deleted == 0 {
        return Err(CliError::new(Exit::NotFound, "no route of egress's leads to a NAT gateway")
            .hint("`egress apply` makes one"));
    }
    Ok(())
}

fn delete_nat_routes(world: &mut World) -> usize {
    let ours = world
        .network
        .route_tables
        .values_mut()
        .filter(|table| Owner::of(&table.tags).is_some_and(|owner| owner.key.kind == Kind::RouteTable));
    let mut deleted = 0;
    for table in ours {
        let before = table.routes.len();
        table.routes.retain(|route| !matches!(route.target, Target::NatGateway(_)));
        deleted += before - table.routes.len();
    }
    deleted
}
