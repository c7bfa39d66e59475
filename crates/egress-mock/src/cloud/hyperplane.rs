//! Functions' interfaces: one per pair of subnet and group set, shared by every function and published version with that
//! pair.

use std::{collections::BTreeSet, time::Duration};

use egress_core::{
    CloudId,
    world::{Attachment, Function, FunctionState, Interface, InterfaceKind, UpdateState},
};

use super::{
    Bug, Model, Wait,
    hidden::{Hyperplane, Transition},
    interfaces::NewInterface,
    model::human_name,
};

/// How the last user of an interface left it, which decides how long it lingers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leave {
    /// Its configuration was changed.
    Detached,
    /// It was deleted.
    Deleted,
}

/// Why a function's change fails in the end: AWS's reason code and sentence.
pub(crate) type UpdateFailure = (String, String);

impl Model {
    /// Makes the interfaces that an attachment needs, where they are not there, and says when all carry packets.
    pub(crate) fn join(
        &mut self,
        function: &CloudId,
        role: Option<&CloudId>,
        to: &Attachment<CloudId>,
    ) -> Result<Duration, UpdateFailure> {
        let mut ready = self.hidden.now;
        for subnet in &to.subnets {
            let interface = match self.interface_of_pair(subnet, &to.groups) {
                Some(id) => id,
                None => self.make_interface(function, role, subnet, &to.groups)?,
            };
            if let Some(hyperplane) = self.hidden.hyperplane.get_mut(&interface) {
                hyperplane.release_at = None;
                ready = ready.max(hyperplane.ready_at);
            }
        }
        Ok(ready)
    }

    /// Lets every interface carry packets from now on.
    pub(crate) fn settle_interfaces(&mut self) {
        for hyperplane in self.hidden.hyperplane.values_mut() {
            hyperplane.ready_at = hyperplane.ready_at.min(self.hidden.now);
        }
    }

    /// Plans the end of every interface that nothing uses any more.
    pub(crate) fn release_unused(&mut self, how: Leave) {
        let unused = |(id, h): &(&CloudId, &Hyperplane)| h.release_at.is_none() && !self.is_used(id);
        let unused: Vec<CloudId> = self.hidden.hyperplane.iter().filter(unused).map(|(id, _)| id.clone()).collect();
        for id in unused {
            if self.has(Bug::InterfaceGoneAtOnce) {
                self.remove_interface(&id);
                continue;
            }
            let Some(interface) = self.world.network.interfaces.get(&id) else { continue };
            let pair = self.pair_name(&interface.subnet, &interface.groups);
            let wait = match how {
                Leave::Detached => Wait::InterfaceReleasedAfterDetach,
                Leave::Deleted => Wait::InterfaceReleasedAfterDelete,
            };
            let due = self.after(wait, &pair);
            if let Some(hyperplane) = self.hidden.hyperplane.get_mut(&id) {
                hyperplane.release_at = Some(due);
            }
            self.at(due, Transition::InterfaceReleased(id));
        }
    }

    /// Lambda removes an unused interface with the role of the function that caused it. Where that role is gone or may no
    /// longer do so, the interface stays, not in use, until its owner deletes it (Lambda guide, "Managing Lambda ENIs").
    pub(crate) fn interface_released(&mut self, id: &CloudId) {
        let Some(hyperplane) = self.hidden.hyperplane.get(id) else { return };
        if hyperplane.release_at.is_none_or(|at| at > self.hidden.now) {
            return;
        }
        let role = hyperplane.role.as_ref().and_then(|role| self.world.function.roles.get(role));
        if role.is_some_and(|role| role.has_network_access()) {
            return self.remove_interface(id);
        }
        if let Some(interface) = self.world.network.interfaces.get_mut(id) {
            interface.in_use = false;
        }
        self.hidden.hyperplane.remove(id);
    }

    /// The interface of a pair that Lambda still cares for.
    fn interface_of_pair(&self, subnet: &CloudId, groups: &BTreeSet<CloudId>) -> Option<CloudId> {
        let pair = |i: &&Interface| {
            i.kind == InterfaceKind::Function
                && &i.subnet == subnet
                && &i.groups == groups
                && self.hidden.hyperplane.contains_key(&i.id)
        };
        self.world.network.interfaces.values().find(pair).map(|i| i.id.clone())
    }

    fn make_interface(
        &mut self,
        function: &CloudId,
        role: Option<&CloudId>,
        subnet: &CloudId,
        groups: &BTreeSet<CloudId>,
    ) -> Result<CloudId, UpdateFailure> {
        let network = self.world.network.subnets.get(subnet).map(|s| s.network.clone());
        let of_functions = |i: &&Interface| i.kind == InterfaceKind::Function && Some(&i.network) == network.as_ref();
        let used = self.world.network.interfaces.values().filter(of_functions).count();
        if used >= self.config.quotas.function_interfaces_per_vpc {
            let message = "Lambda was not able to create an elastic network interface in the VPC, specified as part of \
                           Lambda function configuration, because the limit for network interfaces has been reached.";
            return Err(("EniLimitExceeded".to_owned(), message.to_owned()));
        }
        let whose = self.pair_name(subnet, groups);
        let uuid = self.new_uuid("interface", function.as_str());
        let made = self.add_interface(NewInterface {
            subnet: subnet.clone(),
            kind: InterfaceKind::Function,
            groups: groups.clone(),
            description: format!("AWS Lambda VPC ENI-{function}-{uuid}"),
            whose: whose.clone(),
        });
        let Some(id) = made else {
            let message = "Lambda was not able to set up VPC access for the Lambda function because one or more \
                           configured subnets has no available IP addresses.";
            return Err(("SubnetOutOfIPAddresses".to_owned(), message.to_owned()));
        };
        let ready_at = self.after(Wait::InterfaceCreated, &whose);
        let hyperplane = Hyperplane { ready_at, role: role.cloned(), release_at: None };
        self.hidden.hyperplane.insert(id.clone(), hyperplane);
        Ok(id)
    }

    fn is_used(&self, id: &CloudId) -> bool {
        let Some(interface) = self.world.network.interfaces.get(id) else { return false };
        let needs = |a: &Attachment<CloudId>| a.subnets.contains(&interface.subnet) && a.groups == interface.groups;
        self.world.function.functions.values().any(|f| self.attachments_of(f).any(needs))
    }

    /// Every attachment that a function needs interfaces for: where it serves from, where it is going to, and where its
    /// published versions run.
    fn attachments_of<'a>(&'a self, function: &'a Function) -> impl Iterator<Item = &'a Attachment<CloudId>> {
        let works = function.state != FunctionState::Failed && !matches!(function.update, UpdateState::Failed { .. });
        let configured = function.attachment.iter().filter(move |_| works);
        let serving = self.hidden.serving.get(&function.id).into_iter().flatten();
        configured.chain(serving).chain(function.versions.iter().filter_map(|v| v.attachment.as_ref()))
    }

    /// A pair in human names, e.g. `lambda_prv1+lambda_sg`.
    fn pair_name(&self, subnet: &CloudId, groups: &BTreeSet<CloudId>) -> String {
        let subnet_name = self.world.network.subnets.get(subnet).map_or("", |s| human_name(&s.tags));
        let mut name = if subnet_name.is_empty() { subnet.to_string() } else { subnet_name.to_owned() };
        for id in groups {
            name.push('+');
            name.push_str(self.world.network.groups.get(id).map_or(id.as_str(), |g| &g.name));
        }
        name
    }
}
