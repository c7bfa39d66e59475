//! A cloud behind its wire, and XML that people can read.

use std::{sync::Arc, time::Duration};

use egress_core::{Clock, clock::VirtualClock};
use quick_xml::{Reader, events::Event};

use crate::{Config, MockCloud, Timing, wire::Request};

/// A cloud that is asked by forms.
pub(super) struct Door {
    pub(super) cloud: MockCloud,
    clock: VirtualClock,
}

/// What was refused: status, code and sentence.
pub(super) type Refusal = (u16, String, String);

impl Door {
    /// An empty account in which nothing takes any time.
    pub(super) fn new() -> Self {
        Self::with(Config::new(7))
    }

    pub(super) fn slow() -> Self {
        Self::with(Config { visibility: Some(Duration::ZERO), ..Config::new(7).timing(Timing::aws()) })
    }

    pub(super) fn with(config: Config) -> Self {
        let clock = VirtualClock::new();
        Self { cloud: MockCloud::new(config, Arc::new(clock.clone())), clock }
    }

    /// Lets time pass.
    pub(super) fn wait(&self, seconds: u64) {
        self.clock.block_on(self.clock.sleep(Duration::from_secs(seconds)));
    }

    /// The answer as it goes over the wire.
    pub(super) fn raw(&self, action: &str, form: &str) -> (u16, String) {
        let authorization = "AWS4-HMAC-SHA256 Credential=AKIA/20261125/ap-northeast-1/ec2/aws4_request, \
                             SignedHeaders=host, Signature=0";
        let reply = self.cloud.answer(&Request {
            method: "POST".to_owned(),
            target: "/".to_owned(),
            headers: vec![("Authorization".to_owned(), authorization.to_owned())],
            body: format!("Action={action}&Version=2016-11-15&{form}").into_bytes(),
        });
        (reply.status, String::from_utf8(reply.body).unwrap())
    }

    /// The answer in lines, without the id of the request.
    pub(super) fn ask(&self, action: &str, form: &str) -> String {
        let (status, xml) = self.raw(action, form);
        assert_eq!(status, 200, "{action} {form}: {xml}");
        let lines = pretty(&xml);
        let shown: Vec<&str> = lines.lines().filter(|line| !line.trim().starts_with("<requestId>")).collect();
        shown.join("\n")
    }

    /// The first text of this name in the answer.
    pub(super) fn one(&self, action: &str, form: &str, field: &str) -> String {
        let answer = self.ask(action, form);
        all(&answer, field).first().unwrap_or_else(|| panic!("no {field} in {answer}")).clone()
    }

    /// Every text of this name in the answer.
    pub(super) fn each(&self, action: &str, form: &str, field: &str) -> Vec<String> {
        all(&self.ask(action, form), field)
    }

    pub(super) fn refused(&self, action: &str, form: &str) -> Refusal {
        let (status, xml) = self.raw(action, form);
        assert_ne!(status, 200, "{action} {form}: {xml}");
        let lines = pretty(&xml);
        let text = |name| all(&lines, name).first().cloned().unwrap_or_default();
        (status, text("Code"), text("Message"))
    }

    /// Whether a call is refused just so.
    pub(super) fn check_refused(&self, action: &str, form: &str, code: &str, message: &str) {
        assert_eq!(self.refused(action, form), (400, code.to_owned(), message.to_owned()), "{action} {form}");
    }
}

/// What the reference topology is made of.
pub(super) struct Made {
    pub(super) vpc: String,
    pub(super) public: String,
    pub(super) private: String,
    pub(super) igw: String,
    pub(super) address: String,
    pub(super) nat: String,
    pub(super) table: String,
    pub(super) association: String,
    pub(super) group: String,
}

/// Tags for what a call creates.
pub(super) fn named(kind: &str, name: &str) -> String {
    format!(
        "TagSpecification.1.ResourceType={kind}&TagSpecification.1.Tag.1.Key=Name&TagSpecification.1.Tag.1.Value={name}"
    )
}

/// A VPC with a public and a private subnet, and a NAT gateway between them.
pub(super) fn topology(door: &Door) -> Made {
    let vpc = door.one("CreateVpc", &format!("CidrBlock=10.0.0.0/16&{}", named("vpc", "main")), "vpcId");
    let subnet = |cidr: &str, name: &str| {
        let form = format!("VpcId={vpc}&CidrBlock={cidr}&AvailabilityZone=ap-northeast-1a&{}", named("subnet", name));
        door.one("CreateSubnet", &form, "subnetId")
    };
    let (public, private) = (subnet("10.0.0.0/24", "pub"), subnet("10.0.1.0/24", "prv"));
    let igw = door.one("CreateInternetGateway", &named("internet-gateway", "igw"), "internetGatewayId");
    door.ask("AttachInternetGateway", &format!("InternetGatewayId={igw}&VpcId={vpc}"));
    let main =
        format!("Filter.1.Name=association.main&Filter.1.Value.1=true&Filter.2.Name=vpc-id&Filter.2.Value.1={vpc}");
    let main = door.one("DescribeRouteTables", &main, "routeTableId");
    door.ask("CreateRoute", &format!("RouteTableId={main}&DestinationCidrBlock=0.0.0.0/0&GatewayId={igw}"));
    let address = door.one("AllocateAddress", &format!("Domain=vpc&{}", named("elastic-ip", "eip")), "allocationId");
    let form = format!("SubnetId={public}&AllocationId={address}&ClientToken=t1&{}", named("natgateway", "nat"));
    let nat = door.one("CreateNatGateway", &form, "natGatewayId");
    door.wait(300);
    let form = format!("VpcId={vpc}&ClientToken=t2&{}", named("route-table", "prv"));
    let table = door.one("CreateRouteTable", &form, "routeTableId");
    door.ask("CreateRoute", &format!("RouteTableId={table}&DestinationCidrBlock=0.0.0.0/0&NatGatewayId={nat}"));
    let form = format!("RouteTableId={table}&SubnetId={private}");
    let association = door.one("AssociateRouteTable", &form, "associationId");
    let form = format!("GroupName=fn&GroupDescription=functions&VpcId={vpc}&{}", named("security-group", "fn"));
    let group = door.one("CreateSecurityGroup", &form, "groupId");
    Made { vpc, public, private, igw, address, nat, table, association, group }
}

/// XML with a line for each element; no XML is a mistake.
pub(super) fn pretty(xml: &str) -> String {
    let forbidden =
        |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    assert!(!xml.contains(forbidden), "{xml:?}");
    let mut reader = Reader::from_str(xml);
    let (mut out, mut depth, mut open) = (String::new(), 0, false);
    loop {
        let before = usize::try_from(reader.buffer_position()).unwrap();
        let event = reader.read_event().unwrap_or_else(|error| panic!("{error} in {xml}"));
        let raw = &xml[before..usize::try_from(reader.buffer_position()).unwrap()];
        match event {
            Event::Eof => break,
            Event::Decl(_) => {}
            Event::End(_) => {
                depth -= 1;
                if !open {
                    out += &format!("\n{}", "  ".repeat(depth));
                }
                out += raw;
                open = false;
            }
            Event::Start(_) | Event::Empty(_) => {
                out += &format!("\n{}{raw}", "  ".repeat(depth));
                open = matches!(event, Event::Start(_));
                depth += usize::from(open);
            }
            _ => out += raw.trim_matches('\n'),
        }
    }
    assert_eq!(depth, 0, "{xml}");
    out.trim().to_owned()
}

fn all(lines: &str, field: &str) -> Vec<String> {
    let (open, close) = (format!("<{field}>"), format!("</{field}>"));
    let empty = format!("<{field}/>");
    let inner = |line: &str| match line.trim() {
        line if line == empty => Some(String::new()),
        line => Some(line.strip_prefix(&open)?.strip_suffix(&close)?.to_owned()),
    };
    lines.lines().filter_map(inner).map(|text| quick_xml::escape::unescape(&text).unwrap().into_owned()).collect()
}
