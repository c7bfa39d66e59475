//! Mends as commands of the AWS CLI.

use std::collections::BTreeSet;

use egress_core::{
    doctor::{DnsSetting, Mend, Thing},
    ipnet::IpNet,
    world::{AclEntry, Destination, Direction, Peer, Protocol, Target},
};

/// The commands that carry out a mend in a region, in order, quoted for a shell. What must be made or chosen first stands in
/// them as `<what it is>`; what a command before makes, likewise. None where the AWS CLI has none.
pub(crate) fn commands(mend: &Mend, region: &str) -> Vec<String> {
    let commands = match mend {
        Mend::AddRoute { table, destination, target } => route("create-route", table, destination, target),
        Mend::ReplaceRoute { table, destination, target } => route("replace-route", table, destination, target),
        Mend::DeleteRoute { table, destination } => {
            vec![ec2("delete-route").with("--route-table-id", table).and(&by_destination(destination))]
        }
        Mend::CreateRouteTable { network } => vec![ec2("create-route-table").with("--vpc-id", network)],
        Mend::Associate { subnet, table, replaces } => vec![match replaces {
            Some(association) => ec2("replace-route-table-association")
                .with("--association-id", association)
                .with("--route-table-id", table),
            None => ec2("associate-route-table").with("--subnet-id", subnet).with("--route-table-id", table),
        }],
        Mend::AuthorizeEgress { group, protocol, ports, cidr } => {
            let peer = Peer::Cidr(*cidr);
            vec![permission("authorize-security-group-egress", group, *protocol, *ports, &peer)]
        }
        Mend::AuthorizeIngress { group, protocol, ports, peer } => {
            vec![permission("authorize-security-group-ingress", group, *protocol, *ports, peer)]
        }
        Mend::AddAclEntry { acl, entry } => vec![acl_entry(acl, entry)],
        Mend::AcceptPeering { peering } => {
            vec![ec2("accept-vpc-peering-connection").with("--vpc-peering-connection-id", peering)]
        }
        Mend::DisableSourceDestCheck { interface } => {
            let modify = ec2("modify-network-interface-attribute").with("--network-interface-id", interface);
            vec![modify.and(&["--no-source-dest-check".to_owned()])]
        }
        Mend::SetDns { network, setting } => {
            let setting = match setting {
                DnsSetting::Support => "--enable-dns-support",
                DnsSetting::Hostnames => "--enable-dns-hostnames",
            };
            vec![ec2("modify-vpc-attribute").with("--vpc-id", network).with(setting, "Value=true")]
        }
        Mend::EnablePrivateDns { endpoint } => {
            let modify = ec2("modify-vpc-endpoint").with("--vpc-endpoint-id", endpoint);
            vec![modify.and(&["--private-dns-enabled".to_owned()])]
        }
        Mend::Exclude { network } => {
            let exclude = ec2("create-vpc-block-public-access-exclusion").with("--vpc-id", network);
            vec![exclude.with("--internet-gateway-exclusion-mode", "allow-egress")]
        }
        Mend::AddTransitRoute { table, cidr, attachment } => {
            let create = ec2("create-transit-gateway-route").with("--transit-gateway-route-table-id", table);
            let create = create.with("--destination-cidr-block", cidr);
            vec![create.with("--transit-gateway-attachment-id", attachment)]
        }
        Mend::AttachInternetGateway { .. }
        | Mend::CreateNatGateway { .. }
        | Mend::CreateRegionalNatGateway { .. }
        | Mend::DeleteNatGateway { .. }
        | Mend::AwaitNatGateway { .. }
        | Mend::AddNatAddress { .. }
        | Mend::RemoveNatAddress { .. } => gateway(mend),
        Mend::AttachPolicy { .. }
        | Mend::Attach { .. }
        | Mend::SetTimeout { .. }
        | Mend::Wake { .. }
        | Mend::DeleteVersion { .. } => function(mend, region),
    };
    commands.into_iter().map(|command| command.show(region)).collect()
}

/// One command, word by word.
struct Command(Vec<String>);

fn aws(service: &str, verb: &str) -> Command {
    Command(["aws", service, verb].map(str::to_owned).to_vec())
}

fn ec2(verb: &str) -> Command {
    aws("ec2", verb)
}

impl Command {
    fn with(self, option: &str, value: impl ToString) -> Self {
        self.and(&[option.to_owned(), value.to_string()])
    }

    fn and(mut self, words: &[String]) -> Self {
        self.0.extend_from_slice(words);
        self
    }

    fn show(self, region: &str) -> String {
        // IAM has no regions.
        let regional = !region.is_empty() && self.0.get(1).is_some_and(|service| service != "iam");
        let command = if regional { self.with("--region", region) } else { self };
        command.0.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
    }
}

/// A word that a POSIX shell reads as it is.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn route(verb: &str, table: impl ToString, destination: &Destination, target: &Target<Thing>) -> Vec<Command> {
    let option = match target {
        Target::InternetGateway(_) | Target::PrivateGateway(_) => "--gateway-id",
        Target::EgressOnlyGateway(_) => "--egress-only-internet-gateway-id",
        Target::NatGateway(_) => "--nat-gateway-id",
        Target::Interface(_) => "--network-interface-id",
        Target::Instance(_) => "--instance-id",
        Target::Peering(_) => "--vpc-peering-connection-id",
        Target::TransitGateway(_) => "--transit-gateway-id",
        Target::Endpoint(_) => "--vpc-endpoint-id",
        Target::Local | Target::Other(_) => return Vec::new(),
    };
    let command = ec2(verb).with("--route-table-id", table).and(&by_destination(destination));
    vec![command.with(option, target)]
}

fn by_destination(destination: &Destination) -> [String; 2] {
    let option = match destination {
        Destination::Cidr(IpNet::V4(_)) => "--destination-cidr-block",
        Destination::Cidr(IpNet::V6(_)) => "--destination-ipv6-cidr-block",
        Destination::PrefixList(_) => "--destination-prefix-list-id",
    };
    [option.to_owned(), destination.to_string()]
}

fn permission(verb: &str, group: impl ToString, protocol: Protocol, ports: (u16, u16), peer: &Peer) -> Command {
    let ports = match protocol {
        Protocol::Tcp | Protocol::Udp => format!(",FromPort={},ToPort={}", ports.0, ports.1),
        Protocol::Icmp | Protocol::Icmp6 => ",FromPort=-1,ToPort=-1".to_owned(),
        Protocol::All | Protocol::Number(_) => String::new(),
    };
    let peer = match peer {
        Peer::Cidr(IpNet::V4(cidr)) => format!("IpRanges=[{{CidrIp={cidr}}}]"),
        Peer::Cidr(IpNet::V6(cidr)) => format!("Ipv6Ranges=[{{CidrIpv6={cidr}}}]"),
        Peer::Group(group) => format!("UserIdGroupPairs=[{{GroupId={group}}}]"),
        Peer::PrefixList(list) => format!("PrefixListIds=[{{PrefixListId={list}}}]"),
    };
    let permission = format!("IpProtocol={}{ports},{peer}", protocol_name(protocol));
    ec2(verb).with("--group-id", group).with("--ip-permissions", permission)
}

fn protocol_name(protocol: Protocol) -> String {
    match protocol {
        Protocol::All => "-1".to_owned(),
        Protocol::Icmp6 => "icmpv6".to_owned(),
        protocol => protocol.to_string(),
    }
}

fn acl_entry(acl: impl ToString, entry: &AclEntry) -> Command {
    let direction = match entry.direction {
        Direction::Ingress => "--ingress",
        Direction::Egress => "--egress",
    };
    // ACLs take protocols by number.
    let protocol = match entry.protocol {
        Protocol::All => "-1".to_owned(),
        Protocol::Icmp => "1".to_owned(),
        Protocol::Tcp => "6".to_owned(),
        Protocol::Udp => "17".to_owned(),
        Protocol::Icmp6 => "58".to_owned(),
        Protocol::Number(number) => number.to_string(),
    };
    let command = ec2("create-network-acl-entry").with("--network-acl-id", acl).and(&[direction.to_owned()]);
    let command = command.with("--rule-number", entry.number).with("--protocol", protocol);
    let command = match entry.protocol {
        Protocol::Tcp | Protocol::Udp | Protocol::Number(6 | 17) => {
            command.with("--port-range", format!("From={},To={}", entry.ports.0, entry.ports.1))
        }
        Protocol::Icmp | Protocol::Icmp6 | Protocol::Number(1 | 58) => {
            command.with("--icmp-type-code", "Code=-1,Type=-1")
        }
        Protocol::All | Protocol::Number(_) => command,
    };
    let option = if entry.cidr.addr().is_ipv4() { "--cidr-block" } else { "--ipv6-cidr-block" };
    command.with(option, entry.cidr).with("--rule-action", if entry.allow { "allow" } else { "deny" })
}

fn gateway(mend: &Mend) -> Vec<Command> {
    match mend {
        Mend::AttachInternetGateway { gateway, network } => {
            let make = matches!(gateway, Thing::Wanted(_)).then(|| ec2("create-internet-gateway"));
            let attach = ec2("attach-internet-gateway").with("--internet-gateway-id", gateway);
            make.into_iter().chain([attach.with("--vpc-id", network)]).collect()
        }
        Mend::CreateNatGateway { subnet, address } => {
            let create = ec2("create-nat-gateway").with("--subnet-id", subnet).with("--allocation-id", address);
            allocate(address).into_iter().chain([create]).collect()
        }
        Mend::CreateRegionalNatGateway { network, addresses } => {
            let mut commands: Vec<Command> = addresses.iter().filter_map(|(_, address)| allocate(address)).collect();
            let by_zone = addresses.iter();
            let by_zone = by_zone.map(|(zone, address)| format!("AvailabilityZone={zone},AllocationIds={address}"));
            let create = ec2("create-nat-gateway").with("--availability-mode", "regional").with("--vpc-id", network);
            let option = ["--availability-zone-addresses".to_owned()];
            commands.push(create.and(&option).and(&by_zone.collect::<Vec<_>>()));
            commands
        }
        Mend::DeleteNatGateway { nat } => vec![ec2("delete-nat-gateway").with("--nat-gateway-id", nat)],
        Mend::AwaitNatGateway { nat } => {
            vec![ec2("wait").and(&["nat-gateway-available".to_owned()]).with("--nat-gateway-ids", nat)]
        }
        Mend::AddNatAddress { nat, address } => {
            let add = ec2("associate-nat-gateway-address").with("--nat-gateway-id", nat);
            allocate(address).into_iter().chain([add.with("--allocation-ids", address)]).collect()
        }
        Mend::RemoveNatAddress { nat, association } => {
            let remove = ec2("disassociate-nat-gateway-address").with("--nat-gateway-id", nat);
            vec![remove.with("--association-ids", association)]
        }
        _ => Vec::new(),
    }
}

/// Takes an address that is wanted.
fn allocate(address: &Thing) -> Option<Command> {
    matches!(address, Thing::Wanted(_)).then(|| ec2("allocate-address").with("--domain", "vpc"))
}

fn function(mend: &Mend, region: &str) -> Vec<Command> {
    let update = || aws("lambda", "update-function-configuration");
    vec![match mend {
        Mend::AttachPolicy { role } => {
            let policy =
                format!("arn:{}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole", partition(region));
            aws("iam", "attach-role-policy").with("--role-name", role).with("--policy-arn", policy)
        }
        Mend::Attach { function, subnets, groups, ipv6 } => {
            let list = |things: &BTreeSet<Thing>| things.iter().map(Thing::to_string).collect::<Vec<_>>().join(",");
            let config =
                format!("SubnetIds={},SecurityGroupIds={},Ipv6AllowedForDualStack={ipv6}", list(subnets), list(groups));
            update().with("--function-name", function).with("--vpc-config", config)
        }
        Mend::SetTimeout { function, seconds } => update().with("--function-name", function).with("--timeout", seconds),
        Mend::Wake { function } => {
            aws("lambda", "invoke").with("--function-name", function).and(&["/dev/stdout".to_owned()])
        }
        Mend::DeleteVersion { function, version } => {
            aws("lambda", "delete-function").with("--function-name", function).with("--qualifier", version)
        }
        _ => return Vec::new(),
    }]
}

/// The partition that a region is in (source: AWS General Reference, "Amazon Resource Names").
fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

#[cfg(test)]
mod tests;
