//! Several addresses on one NAT gateway, over the wire.

use insta::assert_snapshot;

use super::door::{Door, Made, topology};

/// The topology, and an address that nothing holds.
fn stage() -> (Door, Made, String) {
    let door = Door::slow();
    let made = topology(&door);
    let second = door.one("AllocateAddress", "", "allocationId");
    (door, made, second)
}

fn associate(made: &Made, address: &str) -> String {
    format!("NatGatewayId={}&AllocationId.1={address}", made.nat)
}

/// The association of the gateway's second address.
fn association(door: &Door) -> String {
    door.each("DescribeNatGateways", "", "associationId")[1].clone()
}

#[test]
fn an_address_comes_and_goes_in_awss_shapes() {
    let (door, made, second) = stage();
    assert_snapshot!(door.ask("AssociateNatGatewayAddress", &associate(&made, &second)));
    door.wait(60);
    assert_snapshot!(door.ask("DescribeNatGateways", ""));
    assert_snapshot!(door.ask("DescribeNetworkInterfaces", ""));
    let form = format!("NatGatewayId={}&AssociationId.1={}", made.nat, association(&door));
    assert_snapshot!(door.ask("DisassociateNatGatewayAddress", &form));
    door.wait(400);
    assert_eq!(door.each("DescribeNatGateways", "", "status"), ["succeeded"]);
    door.ask("ReleaseAddress", &format!("AllocationId={second}"));
}

#[test]
fn each_address_shows_the_private_one_that_it_is_mapped_to() {
    let (door, made, second) = stage();
    door.ask("AssociateNatGatewayAddress", &associate(&made, &second));
    door.wait(60);
    let of_gateway = door.each("DescribeNatGateways", "", "privateIp");
    let mapped =
        |address: &str| door.one("DescribeAddresses", &format!("AllocationId.1={address}"), "privateIpAddress");
    assert_eq!([mapped(&made.address), mapped(&second)].as_slice(), of_gateway);
    let form = format!("AllocationId.1={second}");
    assert_eq!(door.one("DescribeAddresses", &form, "associationId"), association(&door));
    let public = door.one("DescribeAddresses", &form, "publicIp");
    let by = |filter: &str, value: &str| {
        let form = format!("Filter.1.Name={filter}&Filter.1.Value.1={value}");
        door.each("DescribeNetworkInterfaces", &form, "networkInterfaceId").len()
    };
    // The interface's own association is that of its first address.
    assert_eq!((by("addresses.association.public-ip", &public), by("association.public-ip", &public)), (1, 0));
}

#[test]
fn an_address_of_something_else_fails_with_a_message() {
    let (door, made, second) = stage();
    let form = format!("SubnetId={}&AllocationId={second}", made.public);
    door.ask("CreateNatGateway", &form);
    door.wait(300);
    door.ask("AssociateNatGatewayAddress", &associate(&made, &second));
    door.wait(60);
    let form = format!("NatGatewayId.1={}", made.nat);
    assert_eq!(door.each("DescribeNatGateways", &form, "status"), ["succeeded", "failed"]);
    let said = door.each("DescribeNatGateways", &form, "failureMessage");
    assert_eq!(said, [format!("Elastic IP address {second} is already associated")]);
}

#[test]
fn changes_of_a_gateways_addresses_are_refused_in_these_words() {
    let (door, made, second) = stage();
    let (on, off) = ("AssociateNatGatewayAddress", "DisassociateNatGatewayAddress");
    let own = door.one("DescribeNatGateways", "", "associationId");
    let nat = &made.nat;
    let unknown = "eipassoc-12345678";
    for (action, form, code, message) in [
        (
            on,
            associate(&made, &made.address),
            "Resource.AlreadyAssociated",
            format!("Elastic IP address {} is already associated", made.address),
        ),
        (
            on,
            associate(&made, "eipalloc-12345678"),
            "InvalidElasticIpID.NotFound",
            "The elasticIp ID 'eipalloc-12345678' does not exist".to_owned(),
        ),
        (
            on,
            format!("NatGatewayId={nat}"),
            "MissingParameter",
            "The request must include the AllocationId parameter. Add the required parameter and retry the request."
                .to_owned(),
        ),
        (
            on,
            format!("NatGatewayId=x&AllocationId.1={second}"),
            "NatGatewayMalformed",
            "Invalid id: \"x\" (expecting \"nat-...\")".to_owned(),
        ),
        (
            on,
            format!("{}&PrivateIpAddress.1=10.0.0.9", associate(&made, &second)),
            "UnsupportedOperation",
            "This value of the parameter PrivateIpAddress is not supported by this emulator.".to_owned(),
        ),
        (
            off,
            format!("NatGatewayId={nat}&AssociationId.1={own}"),
            "InvalidParameter",
            format!("{} is the primary EIP of NAT gateway {nat} and cannot be disassociated", made.address),
        ),
        (
            off,
            format!("NatGatewayId={nat}&AssociationId.1={unknown}"),
            "InvalidParameter",
            format!("The association ID '{unknown}' does not exist on NAT gateway {nat}"),
        ),
        (
            off,
            format!("NatGatewayId={nat}&AssociationId.1={own}&MaxDrainDurationSeconds=4001"),
            "InvalidParameterValue",
            "Value (4001) for parameter maxDrainDurationSeconds is invalid.".to_owned(),
        ),
    ] {
        door.check_refused(action, &form, code, &message);
    }
    let third = door.one("AllocateAddress", "", "allocationId");
    let both = format!("{}&AllocationId.2={third}", associate(&made, &second));
    assert_eq!(door.refused(on, &both).1, "AddressLimitExceeded");
    door.ask(on, &associate(&made, &second));
    let busy = format!("Service is currently ASSOCIATING the following EIPs: [{second}].");
    door.check_refused(on, &associate(&made, &third), "OperationInProgress", &busy);
}
