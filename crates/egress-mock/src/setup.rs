//! What a test or a demo finds in the account: functions and roles that have been there for long.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use egress_core::{
    CloudError, CloudId, ErrorKind, Tags,
    world::{Alias, Attachment, Function, FunctionState, Grant, InterfaceKind, Role, UpdateState, Version},
};
use serde_json::Value;

use crate::{
    MockCloud, Net,
    cloud::{Model, managed_by},
};

/// A role that has been there for long: it can be used at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleSetup {
    /// Its name.
    pub name: String,
    /// Whether functions may assume it.
    pub trusts_functions: bool,
    /// What lets it make interfaces.
    pub grants: BTreeSet<Grant>,
    /// Its tags.
    pub tags: Tags,
}

impl RoleSetup {
    /// A role that functions may assume and that may not make interfaces.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), trusts_functions: true, grants: BTreeSet::new(), tags: Tags::new() }
    }
}

/// A function that has been there for long: it is active, and its interfaces are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionSetup {
    /// Its name.
    pub name: String,
    /// The name of its role, which need not exist.
    pub role: Option<String>,
    /// Where it runs.
    pub attachment: Option<Attachment<CloudId>>,
    /// File systems that are mounted in it.
    pub file_systems: Vec<String>,
    /// Its published versions.
    pub versions: Vec<Version>,
    /// Its aliases.
    pub aliases: Vec<Alias>,
    /// How long one invocation may take.
    pub time_limit: Duration,
    /// How many of it may run at once, where that is limited.
    pub concurrency: Option<u32>,
    /// Its tags. Those of AWS's own services can be among them: `aws:cloudformation:stack-name` is what makes a function
    /// CloudFormation's.
    pub tags: BTreeMap<String, String>,
}

impl FunctionSetup {
    /// A function in no network that answers like a probe: it calls the URL that it is asked to call.
    pub fn new(name: impl Into<String>, role: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            role: Some(role.into()),
            attachment: None,
            file_systems: Vec::new(),
            versions: Vec::new(),
            aliases: Vec::new(),
            time_limit: Duration::from_secs(60),
            concurrency: None,
            tags: Tags::new(),
        }
    }
}

impl MockCloud {
    /// Puts a role into the account. Not a call.
    ///
    /// # Errors
    ///
    /// Where there is a role of that name.
    pub fn create_role(&self, setup: RoleSetup) -> Result<(), CloudError> {
        let mut state = self.state();
        let roles = &mut state.model.world.function.roles;
        let id = CloudId::new(&setup.name);
        if roles.contains_key(&id) {
            return Err(refuse(ErrorKind::AlreadyExists, "create a role", &id, "there is one of that name"));
        }
        let RoleSetup { trusts_functions, grants, tags, .. } = setup;
        roles.insert(id.clone(), Role { id: id.clone(), trusts_functions, grants, tags });
        let now = state.model.hidden.now;
        state.model.change_role(&id, |facts| facts.created = now);
        Ok(())
    }

    /// Puts a function into the account. Not a call.
    ///
    /// # Errors
    ///
    /// Where there is a function of that name, or its subnets are not there or have no room.
    pub fn create_function(&self, setup: FunctionSetup) -> Result<(), CloudError> {
        put_function(&mut self.state().model, setup)
    }

    /// Makes a network another account's, which shares its subnets: they can be used from here, but what routes and filters in
    /// them, the gateways and their addresses are not seen. Not a call.
    ///
    /// # Errors
    ///
    /// Where there is no such network.
    pub fn share_from(&self, network: &CloudId, account: &str) -> Result<(), CloudError> {
        let model = &mut self.state().model;
        let Some(shared) = model.world.network.networks.get_mut(network) else {
            return Err(refuse(ErrorKind::NotFound, "share a network", network, "there is none of that id"));
        };
        shared.owner = Some(account.to_owned());
        let (part, gateway) = (&mut model.world.network, &model.world.gateway);
        for subnet in part.subnets.values_mut().filter(|s| s.network == *network) {
            subnet.owner = Some(account.to_owned());
        }
        let nat = || gateway.nat_gateways.values().filter(|g| g.network == *network);
        let addresses = nat().flat_map(|g| &g.addresses).filter_map(|a| a.address.clone());
        let internet = gateway.internet_gateways.values().filter(|g| g.network.as_ref() == Some(network));
        let interfaces =
            part.interfaces.values().filter(|i| i.network == *network && i.kind == InterfaceKind::NatGateway);
        let unshared = (part.route_tables.values().filter(|t| t.network == *network).map(|t| t.id.clone()))
            .chain(part.acls.values().filter(|a| a.network == *network).map(|a| a.id.clone()))
            .chain(interfaces.map(|i| i.id.clone()))
            .chain(internet.map(|g| g.id.clone()))
            .chain(nat().map(|g| g.id.clone()))
            .chain(addresses);
        model.hidden.unshared.extend(unshared);
        Ok(())
    }

    /// Says what a function does with what it is given; without, it answers like a probe. The code lives in this process,
    /// not in the file. It runs while the cloud is locked, so it must not call the cloud itself.
    pub fn set_code(&self, function: &str, code: impl Fn(&Value, &mut Net<'_>) -> Value + Send + Sync + 'static) {
        self.state().codes.insert(CloudId::new(function), Arc::new(code));
    }
}

fn put_function(model: &mut Model, setup: FunctionSetup) -> Result<(), CloudError> {
    let id = CloudId::new(&setup.name);
    let refused = |kind, message: &str| refuse(kind, "create a function", &id, message);
    if model.world.function.functions.contains_key(&id) {
        return Err(refused(ErrorKind::AlreadyExists, "there is one of that name"));
    }
    let attachments = || setup.attachment.iter().chain(setup.versions.iter().filter_map(|v| v.attachment.as_ref()));
    let subnets = &model.world.network.subnets;
    if !attachments().flat_map(|a| &a.subnets).all(|s| subnets.contains_key(s)) {
        return Err(refused(ErrorKind::NotFound, "one of its subnets is not there"));
    }
    let role = setup.role.map(CloudId::new);
    let before = model.clone();
    for attachment in attachments() {
        if let Err((_, message)) = model.join(&id, role.as_ref(), attachment) {
            *model = before;
            return Err(refused(ErrorKind::Capacity, &message));
        }
    }
    // Its interfaces have been there for long: nobody waits for them.
    model.settle_interfaces();
    model.drawn = before.drawn;
    let first = setup.attachment.as_ref().and_then(|a| a.subnets.first());
    let function = Function {
        id: id.clone(),
        role,
        state: FunctionState::Active,
        update: UpdateState::Done,
        network: first.and_then(|s| model.world.network.subnets.get(s)).map(|s| s.network.clone()),
        attachment: setup.attachment,
        file_systems: setup.file_systems,
        revision: model.new_uuid("revision", id.as_str()),
        versions: setup.versions,
        aliases: setup.aliases,
        timeout: Some(u32::try_from(setup.time_limit.as_secs()).unwrap_or(u32::MAX)),
        concurrency: setup.concurrency,
        managed_by: managed_by(&setup.tags),
        tags: setup.tags,
    };
    model.world.function.functions.insert(id.clone(), function);
    let now = model.hidden.now;
    model.change_function(&id, |facts| {
        facts.configuration.timeout = setup.time_limit;
        facts.configuration.last_modified = now;
    });
    Ok(())
}

fn refuse(kind: ErrorKind, operation: &str, id: &CloudId, message: &str) -> CloudError {
    CloudError::new(kind, operation, message).on(id)
}
