//! Tags: what may stand in them, and their changes.

use egress_core::{CloudId, Kind, Tags};

use super::{
    ApiError, Code, Model,
    error::{invalid, no_such},
    functions::Change,
};

/// The most tags of one resource [doc].
const MOST_TAGS: usize = 50;
/// The longest name of a tag [doc].
const LONGEST_NAME: usize = 128;
/// The longest value of a tag [doc].
const LONGEST_VALUE: usize = 256;
/// What may stand in tags of functions and roles beside letters, digits and spaces [doc: IAM's tagging rules].
const SIGNS: &str = "_.:/=+-@";

/// EC2's rules for tags. The sentence about `aws:` is recorded (kubernetes-sigs/cluster-api-provider-aws issue 5120); those
/// about lengths and the count are our own wording under AWS's codes `[?]`.
pub(crate) fn check_ec2_tags(tags: &Tags) -> Result<(), ApiError> {
    if tags.len() > MOST_TAGS {
        return Err(ApiError::new(Code::TagLimit, "Maximum tag limit of 50 exceeded for the resource."));
    }
    for (name, value) in tags {
        if name.starts_with("aws:") {
            return Err(invalid(format!(
                "Value ( {name} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use"
            )));
        }
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            return Err(invalid(format!("Tag key exceeds the maximum length of {LONGEST_NAME} characters")));
        }
        if value.chars().count() > LONGEST_VALUE {
            return Err(invalid(format!("Tag value exceeds the maximum length of {LONGEST_VALUE} characters")));
        }
    }
    Ok(())
}

/// The rules for tags of functions (`code` is then Lambda's) and of roles (IAM's), which allow fewer characters.
pub(crate) fn check_strict_tags(tags: &Tags, code: Code) -> Result<(), ApiError> {
    if tags.len() > MOST_TAGS {
        // Lambda's sentence (localstack/localstack's answers recorded from AWS, `test_tag_limits`). IAM has another [?].
        return Err(ApiError::new(code, "Number of tags exceeds resource tag limit."));
    }
    let allowed = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == ' ' || SIGNS.contains(c));
    for (name, value) in tags {
        let fits = (1..=LONGEST_NAME).contains(&name.chars().count()) && value.chars().count() <= LONGEST_VALUE;
        if !fits || !allowed(name) || !allowed(value) || name.to_ascii_lowercase().starts_with("aws:") {
            let message = format!(
                "1 validation error detected: Value at 'tags' failed to satisfy constraint: the tag '{name}' must have a \
                 key of 1 to {LONGEST_NAME} and a value of at most {LONGEST_VALUE} letters, digits, spaces and {SIGNS}"
            );
            return Err(ApiError::new(code, message));
        }
    }
    Ok(())
}

/// The tag that CloudFormation sets on whatever it makes, with the name of its stack [doc: "Resource tags"]. SAM and the CDK
/// deploy through it.
const CLOUDFORMATION_STACK: &str = "aws:cloudformation:stack-name";

/// The tool that looks after a function, as its tags tell.
pub(crate) fn managed_by(tags: &Tags) -> Option<String> {
    tags.get(CLOUDFORMATION_STACK).map(|stack| format!("AWS CloudFormation (stack {stack})"))
}

impl Model {
    /// `CreateTags` and `DeleteTags`, `TagResource` and `UntagResource`: all or nothing.
    pub(crate) fn set_tags(&mut self, kind: Kind, id: &CloudId, set: &Tags, remove: &[String]) -> Result<(), ApiError> {
        let code = match kind {
            Kind::Function | Kind::Probe => Some(Code::InvalidFunctionParameter),
            Kind::Role => Some(Code::InvalidInput),
            _ => None,
        };
        let tags = match self.world.tags(kind, id) {
            Some(tags) if self.sees(id) => tags.clone(),
            _ => return Err(self.not_found(kind, id)),
        };
        // What AWS's own services have set stays as it is, and does not count against the limit [doc].
        let (theirs, mut tags): (Tags, Tags) = tags.into_iter().partition(|(name, _)| name.starts_with("aws:"));
        tags.retain(|name, _| !remove.contains(name));
        tags.extend(set.clone());
        match code {
            Some(code) => check_strict_tags(&tags, code)?,
            None => check_ec2_tags(&tags)?,
        }
        tags.extend(theirs);
        if let Some(old) = self.tags_mut(kind, id) {
            *old = tags;
        }
        if matches!(kind, Kind::Function | Kind::Probe) {
            self.revise(id, Change::Tagged);
        }
        Ok(())
    }

    /// What the index of tags that AWS keeps beside its services knows of functions: the ARN and the tags of each that has
    /// any. AWS says nowhere how soon the index follows a change `[?]`; here it does at once.
    pub(crate) fn tagged_functions(&self) -> Vec<(String, &Tags)> {
        let functions = self.world.function.functions.values();
        let tagged = functions.filter(|function| !function.tags.is_empty() && self.sees(&function.id));
        tagged.map(|function| (self.function_arn(&function.id), &function.tags)).collect()
    }

    pub(super) fn tags_mut(&mut self, kind: Kind, id: &CloudId) -> Option<&mut Tags> {
        let world = &mut self.world;
        match kind {
            Kind::Network => world.network.networks.get_mut(id).map(|x| &mut x.tags),
            Kind::Subnet => world.network.subnets.get_mut(id).map(|x| &mut x.tags),
            Kind::RouteTable => world.network.route_tables.get_mut(id).map(|x| &mut x.tags),
            Kind::SecurityGroup => world.network.groups.get_mut(id).map(|x| &mut x.tags),
            Kind::Interface => world.network.interfaces.get_mut(id).map(|x| &mut x.tags),
            Kind::InternetGateway => world.gateway.internet_gateways.get_mut(id).map(|x| &mut x.tags),
            Kind::NatGateway => world.gateway.nat_gateways.get_mut(id).map(|x| &mut x.tags),
            Kind::Address => world.gateway.addresses.get_mut(id).map(|x| &mut x.tags),
            Kind::Function | Kind::Probe => world.function.functions.get_mut(id).map(|x| &mut x.tags),
            Kind::Role => world.function.roles.get_mut(id).map(|x| &mut x.tags),
            Kind::Lease => world.network.leases.get_mut(id).map(|x| &mut x.tags),
        }
    }

    pub(super) fn not_found(&self, kind: Kind, id: &CloudId) -> ApiError {
        let (code, noun) = match kind {
            Kind::Network => (Code::VpcNotFound, "vpc"),
            Kind::Subnet => (Code::SubnetNotFound, "subnet"),
            Kind::RouteTable => (Code::RouteTableNotFound, "routeTable"),
            Kind::SecurityGroup => return super::groups::no_such_group(id),
            Kind::Interface => (Code::InterfaceNotFound, "networkInterface"),
            Kind::InternetGateway => (Code::InternetGatewayNotFound, "internetGateway"),
            Kind::NatGateway => (Code::NatGatewayNotFoundForRoute, "natGateway"),
            Kind::Address => (Code::ElasticIpNotFound, "elasticIp"),
            Kind::Function | Kind::Probe => return self.no_such_function(id),
            Kind::Role => return super::roles::no_such_role(id),
            Kind::Lease => return super::launch_templates::no_such_template(id),
        };
        no_such(code, noun, id)
    }
}
