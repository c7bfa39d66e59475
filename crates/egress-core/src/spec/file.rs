//! The file as it is written: one struct per table, one field per key. The JSON Schema is made from these structs and
//! their docs, and the parser reads into them.

use schemars::JsonSchema;

use super::{
    model::{Attach, Permission, ZoneChoice},
    preset::Preset,
    read::{At, Entry, Keys, Table},
    tag::TagTable,
    value::{Cidr, EchoUrl, FunctionName, Id, Name, Port, PublicAddress, Stack, Word},
};

/// What a list of tables holds.
pub(super) type List<T> = Entry<Vec<At<T>>>;

/// A stack of egress: a network whose only way out is a fixed IP, and the functions that leave through it.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields, title = "egress.toml")]
pub(super) struct File {
    /// The name of the stack: 1 to 32 lower-case letters, digits and hyphens. It stands in the tags of everything made.
    pub(super) stack: Entry<Stack>,
    /// The only account that the stack may be applied to; any other is refused.
    #[schemars(default)]
    pub(super) account: Entry<Word>,
    /// The region that the stack is for; the environment's where left out.
    #[schemars(default)]
    pub(super) region: Entry<Word>,
    /// A ready-made topology. Whatever the file gives overrides that piece of it; a list replaces the preset's list.
    #[schemars(default)]
    pub(super) preset: Entry<&'static Preset>,
    /// The TCP ports on which every function must reach the internet, beside 443.
    #[schemars(default)]
    pub(super) ports: List<Port>,
    /// The URL of a host that answers with the IP it sees; the cloud's usual one where left out.
    #[schemars(default)]
    pub(super) echo_url: Entry<EchoUrl>,
    /// Tags for everything that is made.
    #[schemars(default)]
    pub(super) tags: Entry<TagTable>,
    /// The network.
    #[schemars(default)]
    pub(super) network: Entry<NetworkTable>,
    /// The network's way to the internet.
    #[schemars(default)]
    pub(super) internet_gateway: Entry<InternetGatewayTable>,
    /// The subnets that NAT gateways stand in.
    #[schemars(default)]
    pub(super) public_subnet: List<PublicSubnetTable>,
    /// The subnets that functions run in.
    #[schemars(default)]
    pub(super) private_subnet: List<PrivateSubnetTable>,
    /// The gateways whose addresses third parties see.
    #[schemars(default)]
    pub(super) nat_gateway: List<NatGatewayTable>,
    /// Further addresses of the gateways, beside each one's own.
    #[schemars(default)]
    pub(super) address: List<AddressTable>,
    /// The group that functions get: everything out, nothing in.
    #[schemars(default)]
    pub(super) security_group: Entry<SecurityGroupTable>,
    /// The functions that leave through the stack.
    #[schemars(default)]
    pub(super) function: List<FunctionTable>,
}

impl Table for File {
    const TITLE: &'static str = "the file";

    fn read(keys: &mut Keys<'_>) -> Self {
        Self {
            stack: keys.required("stack"),
            account: keys.optional("account"),
            region: keys.optional("region"),
            preset: keys.optional("preset"),
            ports: keys.optional("ports"),
            echo_url: keys.optional("echo_url"),
            tags: keys.optional("tags"),
            network: keys.optional("network"),
            internet_gateway: keys.optional("internet_gateway"),
            public_subnet: keys.optional("public_subnet"),
            private_subnet: keys.optional("private_subnet"),
            nat_gateway: keys.optional("nat_gateway"),
            address: keys.optional("address"),
            security_group: keys.optional("security_group"),
            function: keys.optional("function"),
        }
    }
}

/// The network. Without a preset it needs a name, and a range where it is still to be made.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "network")]
pub(super) struct NetworkTable {
    /// Its name.
    #[schemars(default)]
    pub(super) name: Entry<Name>,
    /// Its range, /16 to /28. The subnets of a preset move along into another /16.
    #[schemars(default)]
    pub(super) cidr: Entry<Cidr>,
    /// The cloud's id of a network that is there already. It is used, and never altered or deleted, and so is whatever else has
    /// an `existing` here; what has none is made in it.
    #[schemars(default)]
    pub(super) existing: Entry<Id>,
}

impl Table for NetworkTable {
    const TITLE: &'static str = "`[network]`";

    fn read(keys: &mut Keys<'_>) -> Self {
        Self { name: keys.optional("name"), cidr: keys.optional("cidr"), existing: keys.optional("existing") }
    }
}

/// The network's way to the internet. Without a preset it needs a name.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "internet_gateway")]
pub(super) struct InternetGatewayTable {
    /// Its name.
    #[schemars(default)]
    pub(super) name: Entry<Name>,
    /// The name of the route table that leads to it, which the public subnets use that are made. May be left out where there are
    /// none.
    #[schemars(default)]
    pub(super) route_table: Entry<Name>,
    /// The cloud's id of a gateway that is there already, attached to the existing network.
    #[schemars(default)]
    pub(super) existing: Entry<Id>,
    /// The cloud's ids of existing route tables whose default route egress makes lead to this gateway, whatever it led to before.
    /// No other existing route table is ever altered.
    #[schemars(default)]
    pub(super) routes_in: List<Id>,
}

impl Table for InternetGatewayTable {
    const TITLE: &'static str = "`[internet_gateway]`";

    fn read(keys: &mut Keys<'_>) -> Self {
        Self {
            name: keys.optional("name"),
            route_table: keys.optional("route_table"),
            existing: keys.optional("existing"),
            routes_in: keys.optional("routes_in"),
        }
    }
}

/// A subnet with a way straight to the internet, for NAT gateways.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "public_subnet")]
pub(super) struct PublicSubnetTable {
    /// Its name, unique among all subnets.
    pub(super) name: Entry<Name>,
    /// Its range, /16 to /28, inside the network's and apart from the other subnets'. May be left out where it exists.
    #[schemars(default)]
    pub(super) cidr: Entry<Cidr>,
    /// Its zone: a number counted from 1 in the order of their names, or a name; its position in the list where left out.
    #[schemars(default)]
    pub(super) zone: Entry<ZoneChoice>,
    /// The cloud's id of a subnet that is there already, in the existing network.
    #[schemars(default)]
    pub(super) existing: Entry<Id>,
}

impl Table for PublicSubnetTable {
    const TITLE: &'static str = "`[[public_subnet]]`";

    fn read(keys: &mut Keys<'_>) -> Self {
        Self {
            name: keys.required("name"),
            cidr: keys.optional("cidr"),
            zone: keys.optional("zone"),
            existing: keys.optional("existing"),
        }
    }
}

/// A subnet with a way out through a NAT gateway, for functions.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "private_subnet")]
pub(super) struct PrivateSubnetTable {
    /// Its name, unique among all subnets.
    pub(super) name: Entry<Name>,
    /// Its range, /16 to /28, inside the network's and apart from the other subnets'. May be left out where it exists.
    #[schemars(default)]
    pub(super) cidr: Entry<Cidr>,
    /// Its zone: a number counted from 1 in the order of their names, or a name; its position in the list where left out.
    #[schemars(default)]
    pub(super) zone: Entry<ZoneChoice>,
    /// The name of the NAT gateway that it leaves through; may be left out where there is just one.
    #[schemars(default)]
    pub(super) nat: Entry<Name>,
    /// The cloud's id of a subnet that is there already, in the existing network. It keeps its route table, which must lead to the
    /// NAT gateway, or stand in that gateway's `routes_in`.
    #[schemars(default)]
    pub(super) existing: Entry<Id>,
}

impl Table for PrivateSubnetTable {
    const TITLE: &'static str = "`[[private_subnet]]`";

    fn read(keys: &mut Keys<'_>) -> Self {
        Self {
            name: keys.required("name"),
            cidr: keys.optional("cidr"),
            zone: keys.optional("zone"),
            nat: keys.optional("nat"),
            existing: keys.optional("existing"),
        }
    }
}

/// A NAT gateway and its own address.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "nat_gateway")]
pub(super) struct NatGatewayTable {
    /// Its name; its own address has the same one.
    pub(super) name: Entry<Name>,
    /// The name of the public subnet that it stands in; may be left out where there is just one.
    #[schemars(default)]
    pub(super) subnet: Entry<Name>,
    /// The name of the route table that leads to it, which its private subnets use that are made. May be left out where there
    /// are none.
    #[schemars(default)]
    pub(super) route_table: Entry<Name>,
    /// A public address that the account holds already; a new one is taken where left out.
    #[schemars(default)]
    pub(super) address: Entry<PublicAddress>,
    /// The same by the cloud's id of the address.
    #[schemars(default)]
    pub(super) existing_address: Entry<Id>,
    /// The cloud's id of a gateway that is there already, in the existing subnet. It brings its addresses along.
    #[schemars(default)]
    pub(super) existing: Entry<Id>,
    /// The cloud's ids of existing route tables whose default route egress makes lead to this gateway, whatever it led to before.
    /// No other existing route table is ever altered.
    #[schemars(default)]
    pub(super) routes_in: List<Id>,
}

impl Table for NatGatewayTable {
    const TITLE: &'static str = "`[[nat_gateway]]`";

    fn read(keys: &mut Keys<'_>) -> Self {
        Self {
            name: keys.required("name"),
            subnet: keys.optional("subnet"),
            route_table: keys.optional("route_table"),
            address: keys.optional("address"),
            existing_address: keys.optional("existing_address"),
            existing: keys.optional("existing"),
            routes_in: keys.optional("routes_in"),
        }
    }
}

/// One more address of a NAT gateway. Functions are seen from any of a gateway's addresses.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "address")]
pub(super) struct AddressTable {
    /// Its name, unique among all addresses; a gateway's own address has the gateway's name.
    pub(super) name: Entry<Name>,
    /// The name of the NAT gateway that it is on; may be left out where there is just one.
    #[schemars(default)]
    pub(super) nat: Entry<Name>,
    /// A public address that the account holds already; a new one is taken where left out.
    #[schemars(default)]
    pub(super) ip: Entry<PublicAddress>,
}

impl Table for AddressTable {
    const TITLE: &'static str = "`[[address]]`";

    fn read(keys: &mut Keys<'_>) -> Self {
        Self { name: keys.required("name"), nat: keys.optional("nat"), ip: keys.optional("ip") }
    }
}

/// The group that functions get. Without a preset, its name is needed.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "security_group")]
pub(super) struct SecurityGroupTable {
    /// Its name.
    #[schemars(default)]
    pub(super) name: Entry<Name>,
    /// The cloud's id of a group that is there already, in the existing network. It keeps its rules, which must let packets out.
    #[schemars(default)]
    pub(super) existing: Entry<Id>,
}

impl Table for SecurityGroupTable {
    const TITLE: &'static str = "`[security_group]`";

    fn read(keys: &mut Keys<'_>) -> Self {
        Self { name: keys.optional("name"), existing: keys.optional("existing") }
    }
}

/// A function that leaves through the stack.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "function")]
pub(super) struct FunctionTable {
    /// Its name, not its full resource name, and without a version.
    pub(super) name: Entry<FunctionName>,
    /// How its role gets the permission to make interfaces; "managed" where left out.
    #[schemars(default)]
    pub(super) permission: Entry<Permission>,
    /// Who attaches it; "egress" where left out. With "external" another tool does (Terraform, SAM, CDK, …): egress never updates
    /// the function, says what that tool must be told, and proves the result.
    #[schemars(default)]
    pub(super) attach: Entry<Attach>,
}

impl Table for FunctionTable {
    const TITLE: &'static str = "`[[function]]`";

    fn read(keys: &mut Keys<'_>) -> Self {
        Self { name: keys.required("name"), permission: keys.optional("permission"), attach: keys.optional("attach") }
    }
}
