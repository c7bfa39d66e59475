use egress_core::{CloudId, ipnet::IpNet};

use super::*;

fn id(name: &str) -> CloudId {
    CloudId::new(name)
}

fn known(name: &str) -> Thing {
    Thing::Known(id(name))
}

fn net(cidr: &str) -> IpNet {
    cidr.parse().unwrap()
}

fn to(cidr: &str) -> Destination {
    Destination::Cidr(net(cidr))
}

/// Routes to everything that a route can lead to.
fn routes() -> Vec<Mend> {
    let table = || known("rtb-1");
    let add = |destination, target| Mend::AddRoute { table: table(), destination, target };
    let replace = |destination, target| Mend::ReplaceRoute { table: id("rtb-1"), destination, target };
    let list = || Destination::PrefixList(id("pl-1"));
    vec![
        add(to("0.0.0.0/0"), Target::NatGateway(known("nat-1"))),
        add(to("0.0.0.0/0"), Target::NatGateway(Thing::new_nat())),
        add(to("0.0.0.0/0"), Target::InternetGateway(known("igw-1"))),
        add(to("::/0"), Target::EgressOnlyGateway(known("eigw-1"))),
        add(to("10.1.0.0/16"), Target::Peering(known("pcx-1"))),
        add(to("10.1.0.0/16"), Target::TransitGateway(known("tgw-1"))),
        add(to("10.1.0.0/16"), Target::PrivateGateway(known("vgw-1"))),
        replace(to("0.0.0.0/0"), Target::Interface(known("eni-1"))),
        replace(to("0.0.0.0/0"), Target::Instance(known("i-1"))),
        replace(list(), Target::Endpoint(known("vpce-1"))),
        Mend::DeleteRoute { table: id("rtb-1"), destination: to("93.0.0.0/8") },
        Mend::CreateRouteTable { network: id("vpc-1") },
        Mend::Associate { subnet: id("subnet-1"), table: table(), replaces: None },
        Mend::Associate { subnet: id("subnet-1"), table: Thing::new_table(), replaces: Some(id("rtbassoc-1")) },
        Mend::AddTransitRoute { table: id("tgw-rtb-1"), cidr: net("10.1.0.0/16"), attachment: known("tgw-attach-1") },
    ]
}

fn gateways() -> Vec<Mend> {
    let wanted = || Thing::wanted("Elastic IP address");
    let nat = || id("nat-1");
    vec![
        Mend::AttachInternetGateway { gateway: known("igw-1"), network: id("vpc-1") },
        Mend::AttachInternetGateway { gateway: Thing::wanted("new internet gateway"), network: id("vpc-1") },
        Mend::CreateNatGateway { subnet: known("subnet-1"), address: known("eipalloc-1") },
        Mend::CreateNatGateway { subnet: Thing::wanted("public subnet"), address: wanted() },
        Mend::CreateRegionalNatGateway {
            network: id("vpc-1"),
            addresses: [("a".to_owned(), known("eipalloc-1")), ("b".to_owned(), known("eipalloc-2"))].into(),
        },
        Mend::DeleteNatGateway { nat: nat() },
        Mend::AwaitNatGateway { nat: nat() },
        Mend::AddNatAddress { nat: nat(), address: known("eipalloc-1") },
        Mend::AddNatAddress { nat: nat(), address: wanted() },
        Mend::RemoveNatAddress { nat: nat(), association: id("eipassoc-1") },
        Mend::Exclude { network: id("vpc-1") },
    ]
}

fn filters() -> Vec<Mend> {
    let egress = |protocol, ports, cidr| Mend::AuthorizeEgress { group: id("sg-1"), protocol, ports, cidr: net(cidr) };
    let ingress = |peer| Mend::AuthorizeIngress { group: id("sg-1"), protocol: Protocol::Tcp, ports: (443, 443), peer };
    let entry = |direction, protocol, ports, cidr| Mend::AddAclEntry {
        acl: id("acl-1"),
        entry: AclEntry { number: 90, direction, protocol, ports, cidr: net(cidr), allow: true },
    };
    vec![
        egress(Protocol::Tcp, (443, 443), "0.0.0.0/0"),
        egress(Protocol::Udp, (53, 53), "::/0"),
        egress(Protocol::Icmp, (0, u16::MAX), "0.0.0.0/0"),
        egress(Protocol::Number(47), (0, u16::MAX), "0.0.0.0/0"),
        egress(Protocol::All, (0, u16::MAX), "0.0.0.0/0"),
        ingress(Peer::Group(id("sg-2"))),
        ingress(Peer::PrefixList(id("pl-1"))),
        entry(Direction::Ingress, Protocol::Tcp, (1024, u16::MAX), "0.0.0.0/0"),
        entry(Direction::Egress, Protocol::Icmp6, (0, u16::MAX), "::/0"),
        entry(Direction::Egress, Protocol::All, (0, u16::MAX), "10.0.0.0/16"),
    ]
}

fn others() -> Vec<Mend> {
    let network = || id("vpc-1");
    let function = || id("pay");
    vec![
        Mend::AcceptPeering { peering: id("pcx-1") },
        Mend::DisableSourceDestCheck { interface: id("eni-1") },
        Mend::SetDns { network: network(), setting: DnsSetting::Support },
        Mend::SetDns { network: network(), setting: DnsSetting::Hostnames },
        Mend::EnablePrivateDns { endpoint: id("vpce-1") },
        Mend::AttachPolicy { role: id("pay-role") },
        Mend::Attach {
            function: function(),
            subnets: [known("subnet-1"), known("subnet-2")].into(),
            groups: [known("sg-1")].into(),
            ipv6: false,
        },
        Mend::Attach {
            function: function(),
            subnets: [Thing::wanted("private subnet with a NAT gateway")].into(),
            groups: [Thing::wanted("security group")].into(),
            ipv6: true,
        },
        Mend::SetTimeout { function: function(), seconds: 350 },
        Mend::Wake { function: function() },
        Mend::DeleteVersion { function: function(), version: "3".to_owned() },
    ]
}

#[test]
fn every_mend_is_a_command_of_the_aws_cli() {
    let mends = [routes(), gateways(), filters(), others()].concat();
    let shown: Vec<String> = mends.iter().flat_map(|mend| commands(mend, "eu-west-1")).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn a_policy_is_that_of_the_regions_partition() {
    let attach = Mend::AttachPolicy { role: id("r") };
    for (region, arn) in [("cn-north-1", "arn:aws-cn:"), ("us-gov-west-1", "arn:aws-us-gov:"), ("", "arn:aws:")] {
        let [command] = &commands(&attach, region)[..] else { panic!() };
        assert!(command.contains(&format!("--policy-arn {arn}iam::aws:policy/")), "{command}");
    }
}

#[test]
fn what_a_shell_would_read_otherwise_is_quoted() {
    for (word, safe) in
        [("subnet-1", "subnet-1"), ("", "''"), ("<new>", "'<new>'"), ("it's", r"'it'\''s'"), ("$x", "'$x'")]
    {
        assert_eq!(quoted(word), safe);
    }
}
