//! Route tables, their associations and their routes.

use egress_core::{
    CloudId, Tags,
    world::{AssociatedWith, Association, Destination, Route, RouteOrigin, RouteState, RouteTable, Target},
};
use ipnet::IpNet;

use super::{
    ApiError, Code, Model,
    error::{has_dependencies, invalid, no_such},
    model::human_name,
    quota::Quota,
    tags::check_ec2_tags,
};

/// The arguments of `CreateRouteTable`.
#[derive(Clone, Debug)]
pub(crate) struct CreateRouteTable {
    pub(crate) vpc_id: CloudId,
    pub(crate) client_token: Option<String>,
    pub(crate) tags: Tags,
}

/// The arguments of `CreateRoute` and of `ReplaceRoute`.
#[derive(Clone, Debug)]
pub(crate) struct RouteArgs {
    pub(crate) route_table_id: CloudId,
    pub(crate) destination: Destination,
    pub(crate) target: Target<CloudId>,
}

/// The route that every table has.
pub(crate) fn local_route(cidr: IpNet) -> Route {
    Route {
        destination: Destination::Cidr(cidr),
        target: Target::Local,
        state: RouteState::Active,
        origin: RouteOrigin::Table,
    }
}

impl Model {
    /// `CreateRouteTable`: idempotent by its client token.
    pub(crate) fn create_route_table(&mut self, args: CreateRouteTable) -> Result<CloudId, ApiError> {
        let parameters = format!("{} {:?}", args.vpc_id, args.tags);
        let token = args.client_token.clone();
        self.once("CreateRouteTable", token.as_deref(), parameters, |model| model.make_route_table(args))
    }

    fn make_route_table(&mut self, args: CreateRouteTable) -> Result<CloudId, ApiError> {
        check_ec2_tags(&args.tags)?;
        let network = self.vpc(&args.vpc_id)?;
        let v6 = network.cidrs_v6.iter().copied().map(IpNet::V6);
        let routes = network.cidrs.iter().copied().map(IpNet::V4).chain(v6).map(local_route).collect();
        let others = self.world.network.route_tables.values().filter(|t| t.network == args.vpc_id).count();
        self.one_more(Quota::RouteTablesPerVpc, others)?;
        let name = human_name(&args.tags).to_owned();
        let id = self.new_id("rtb", &name);
        let table =
            RouteTable { id: id.clone(), network: args.vpc_id, associations: Vec::new(), routes, tags: args.tags };
        self.world.network.route_tables.insert(id.clone(), table);
        self.hide(&id, &name);
        Ok(id)
    }

    /// `DeleteRouteTable`: refused for the main one and for one that a subnet is associated with.
    pub(crate) fn delete_route_table(&mut self, id: &CloudId) -> Result<(), ApiError> {
        if !self.route_table(id)?.associations.is_empty() {
            return Err(has_dependencies("routeTable", id));
        }
        self.world.network.route_tables.remove(id);
        Ok(())
    }

    /// `AssociateRouteTable`: answers with the association's id. Refused where the subnet has an association already.
    pub(crate) fn associate_route_table(&mut self, table: &CloudId, subnet: &CloudId) -> Result<CloudId, ApiError> {
        self.check_same_network(table, subnet)?;
        if self.world.network.route_tables.values().any(|t| t.association_of(subnet).is_some()) {
            let message =
                format!("the specified association for route table {table} conflicts with an existing association");
            return Err(ApiError::new(Code::ResourceAlreadyAssociated, message));
        }
        Ok(self.link(table, AssociatedWith::Subnet(subnet.clone())))
    }

    /// `ReplaceRouteTableAssociation`: the association goes and a new one, whose id is the answer, comes in one step.
    pub(crate) fn replace_route_table_association(
        &mut self,
        association: &CloudId,
        table: &CloudId,
    ) -> Result<CloudId, ApiError> {
        let with = self.association(association)?.with.clone();
        match &with {
            AssociatedWith::Subnet(subnet) => self.check_same_network(table, &subnet.clone())?,
            AssociatedWith::Main | AssociatedWith::Gateway(_) => {
                self.route_table(table)?;
            }
        }
        self.unlink(association);
        Ok(self.link(table, with))
    }

    /// `DisassociateRouteTable`: the subnet falls back on the main table. The main association itself cannot go.
    pub(crate) fn disassociate_route_table(&mut self, association: &CloudId) -> Result<(), ApiError> {
        if self.association(association)?.with == AssociatedWith::Main {
            return Err(invalid(format!("cannot disassociate the main route table association {association}")));
        }
        self.unlink(association);
        Ok(())
    }

    /// `CreateRoute`.
    pub(crate) fn create_route(&mut self, args: RouteArgs) -> Result<(), ApiError> {
        let args = self.at_interface(args)?;
        let table = self.route_table(&args.route_table_id)?;
        if table.route(&args.destination).is_some() {
            let message = format!("The route identified by {} already exists.", args.destination);
            return Err(ApiError::new(Code::RouteAlreadyExists, message));
        }
        self.check_target(table, &args.destination, &args.target)?;
        self.one_more(Quota::RoutesPerTable, table.routes.iter().filter(|r| r.origin == RouteOrigin::Static).count())?;
        self.put_route(args);
        Ok(())
    }

    /// `ReplaceRoute`: refused where there is no such route.
    pub(crate) fn replace_route(&mut self, args: RouteArgs) -> Result<(), ApiError> {
        let args = self.at_interface(args)?;
        let table = self.route_table(&args.route_table_id)?;
        if table.route(&args.destination).is_none() {
            return Err(invalid(format!(
                "There is no route defined for '{}' in the route table. Use CreateRoute instead.",
                args.destination
            )));
        }
        self.check_target(table, &args.destination, &args.target)?;
        self.put_route(args);
        Ok(())
    }

    /// `DeleteRoute`: the local route cannot go.
    pub(crate) fn delete_route(&mut self, table: &CloudId, destination: &Destination) -> Result<(), ApiError> {
        let Some(route) = self.route_table(table)?.route(destination) else {
            let message = format!("no route with destination-cidr-block {destination} in route table {table}");
            return Err(ApiError::new(Code::RouteNotFound, message));
        };
        if route.target == Target::Local {
            return Err(invalid(format!("cannot remove local route {destination} in route table {table}")));
        }
        if let Some(table) = self.world.network.route_tables.get_mut(table) {
            table.routes.retain(|r| &r.destination != destination);
        }
        self.settle_lists();
        Ok(())
    }

    /// Sets the state of all routes of a network to a target.
    pub(crate) fn set_routes_to(&mut self, target: &Target<CloudId>, network: &CloudId, state: RouteState) {
        let tables = self.world.network.route_tables.values_mut().filter(|t| &t.network == network);
        for route in tables.flat_map(|t| &mut t.routes).filter(|r| &r.target == target) {
            route.state = state;
        }
    }

    /// The table, if calls see it.
    pub(crate) fn route_table(&self, id: &CloudId) -> Result<&RouteTable, ApiError> {
        let found = self.world.network.route_tables.get(id).filter(|_| self.sees(id));
        found.ok_or_else(|| no_such(Code::RouteTableNotFound, "routeTable", id))
    }

    /// The association of this id, of whichever table.
    pub(crate) fn association(&self, id: &CloudId) -> Result<&Association, ApiError> {
        let mut all = self.world.network.route_tables.values().flat_map(|t| &t.associations);
        all.find(|a| &a.id == id).ok_or_else(|| no_such(Code::InvalidAssociationNotFound, "association", id))
    }

    fn link(&mut self, table: &CloudId, with: AssociatedWith) -> CloudId {
        let id = self.new_id("rtbassoc", &format!("{table} {with:?}"));
        if let Some(table) = self.world.network.route_tables.get_mut(table) {
            table.associations.push(Association { id: id.clone(), with, active: true });
        }
        id
    }

    fn unlink(&mut self, association: &CloudId) {
        for table in self.world.network.route_tables.values_mut() {
            table.associations.retain(|a| &a.id != association);
        }
    }

    fn put_route(&mut self, args: RouteArgs) {
        let Some(table) = self.world.network.route_tables.get_mut(&args.route_table_id) else { return };
        table.routes.retain(|r| r.destination != args.destination);
        table.routes.push(Route {
            destination: args.destination,
            target: args.target,
            state: RouteState::Active,
            origin: RouteOrigin::Static,
        });
        self.settle_lists();
    }

    fn check_same_network(&self, table: &CloudId, subnet: &CloudId) -> Result<(), ApiError> {
        if self.route_table(table)?.network == self.subnet(subnet)?.network {
            return Ok(());
        }
        Err(invalid(format!("route table {table} and subnet {subnet} belong to different networks")))
    }
}
