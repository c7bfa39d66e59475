//! The model: a plain synchronous state machine in AWS's terms.
//!
//! Its storage is [`egress_core::World`] plus what AWS keeps to itself ([`hidden`]): changes that are under way, client
//! tokens, what is not visible yet. Every action is a method of [`Model`] with AWS's name, takes what AWS takes, and answers
//! with the id of the thing (the thing itself stands in the World) or an [`ApiError`] in AWS's words. Every door (the traits
//! now, the wire protocols next) calls these same actions, so no fact is coded twice.

mod acls;
mod addresses;
mod arns;
mod block_public_access;
mod bug;
mod concurrency;
mod config;
mod dhcp_options;
mod egress_only_gateways;
mod endpoints;
mod error;
mod facts;
mod function_facts;
mod functions;
mod gateways;
mod groups;
mod hidden;
mod hyperplane;
mod ids;
mod interfaces;
mod ipv6;
mod launch_templates;
mod managed;
mod model;
mod nat;
mod nat_addresses;
mod networks;
mod policy;
mod quota;
mod resource_tags;
mod role_facts;
mod role_policies;
mod roles;
mod route_tables;
mod route_targets;
mod rules;
mod scope;
mod services;
mod sessions;
mod subnets;
mod tags;
mod throttle;
mod timing;
mod transit;
mod versions;
mod vpc_config;

#[cfg(test)]
mod tests;

pub use bug::Bug;
pub use config::{Config, DefaultVpc, PendingNatRoutes};
pub use nat::NatFailure;
pub use quota::Quotas;
pub use throttle::{Api, Limit, Request, Throttling};
pub use timing::{Drawn, Profile, TIMINGS, Timing, TimingRow, Wait};

pub(crate) use acls::CreateAcl;
pub(crate) use addresses::AssociateAddress;
pub(crate) use arns::last_part;
pub(crate) use concurrency::reserved;
pub(crate) use dhcp_options::{DhcpOptions, internal_domain};
pub(crate) use egress_only_gateways::CreateEgressOnlyGateway;
pub(crate) use endpoints::{CreateEndpoint, ModifyEndpoint, NewEndpoint};
pub(crate) use error::{ApiError, Code};
pub(crate) use facts::{VpcAttribute, ZoneKind, zone_kind};
pub(crate) use function_facts::{AliasFacts, Configuration, FunctionFacts, PackedCode, constraint};
pub(crate) use functions::{CreateFunction, UpdateFunctionConfiguration, VpcChange};
pub(crate) use groups::CreateSecurityGroup;
pub(crate) use hidden::Hidden;
pub(crate) use ids::{pool_ip, rng, uuid};
pub(crate) use launch_templates::{CreateLaunchTemplate, no_such_template_name};
pub(crate) use managed::{MANAGED, ManagedPolicy};
pub(crate) use model::Model;
pub(crate) use nat::CreateNatGateway;
pub(crate) use networks::CreateVpc;
pub(crate) use policy::Decision;
pub(crate) use role_facts::{RoleFacts, iam_id};
pub(crate) use roles::CreateRole;
pub(crate) use route_tables::{CreateRouteTable, RouteArgs};
pub(crate) use rules::NewRule;
pub(crate) use scope::View;
pub(crate) use sessions::{AssumeRole, Session};
pub(crate) use subnets::CreateSubnet;
pub(crate) use tags::managed_by;
pub(crate) use throttle::Buckets;
pub(crate) use transit::{AttachmentOptions, CreateTransitGateway, CreateVpcAttachment, GatewayOptions};
pub(crate) use versions::{CreateAlias, LATEST, PublishVersion};
