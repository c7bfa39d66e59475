"""Reads the reference stack with boto3 and the AWS CLI, and checks that they see what egress made.

usage: read_stack.py ENDPOINT REGION
"""

import json
import subprocess
import sys

import boto3

ENDPOINT, REGION = sys.argv[1:]
STACK = [{"Name": "tag:egress:stack", "Values": ["shop"]}]
problems = []


def client(service):
    return boto3.client(service, endpoint_url=ENDPOINT, region_name=REGION)


def cli(*words):
    command = ["aws", "--endpoint-url", ENDPOINT, "--region", REGION, "--output", "json", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def check(what, seen, expected):
    print(f"{'ok  ' if seen == expected else 'FAIL'} {what}")
    if seen != expected:
        problems.append(f"{what}: {seen!r}, and {expected!r} was expected")


def name(thing):
    return next((tag["Value"] for tag in thing.get("Tags", thing.get("TagSet", [])) if tag["Key"] == "Name"), None)


def by_name(things):
    return {name(thing): thing for thing in things}


ec2, functions, iam = client("ec2"), client("lambda"), client("iam")

[vpc] = ec2.describe_vpcs(Filters=STACK)["Vpcs"]
check("the network", (name(vpc), vpc["CidrBlock"], vpc["State"]), ("lambda_vpc", "10.0.0.0/16", "available"))
inside = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]

paged = ec2.get_paginator("describe_subnets").paginate(Filters=inside, PaginationConfig={"PageSize": 5})
subnets = by_name(subnet for page in paged for subnet in page["Subnets"])
check(
    "the subnets",
    {key: subnet["CidrBlock"] for key, subnet in subnets.items()},
    {"lambda_pub": "10.0.10.0/24", "lambda_prv1": "10.0.1.0/24", "lambda_prv2": "10.0.2.0/24"},
)
private = {subnets[key]["SubnetId"] for key in ("lambda_prv1", "lambda_prv2")}
check("two zones", len({subnets[key]["AvailabilityZone"] for key in ("lambda_prv1", "lambda_prv2")}), 2)

[address] = ec2.describe_addresses(Filters=STACK)["Addresses"]
[nat] = cli("ec2", "describe-nat-gateways", "--filter", f"Name=vpc-id,Values={vpc['VpcId']}")["NatGateways"]
check("the gateway", (name(nat), nat["State"], nat["SubnetId"]), ("lambda_nat", "available", subnets["lambda_pub"]["SubnetId"]))
[mapped] = nat["NatGatewayAddresses"]
check("its address", (mapped["PublicIp"], mapped["AllocationId"]), (address["PublicIp"], address["AllocationId"]))
ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat["NatGatewayId"]])

[igw] = cli("ec2", "describe-internet-gateways", "--filters", "Name=tag:egress:stack,Values=shop")["InternetGateways"]
check("the internet gateway", [a["VpcId"] for a in igw["Attachments"]], [vpc["VpcId"]])

tables = by_name(ec2.describe_route_tables(Filters=inside)["RouteTables"])


def default_route(table):
    return next(route for route in table["Routes"] if route["DestinationCidrBlock"] == "0.0.0.0/0")


def associated(table):
    return {association.get("SubnetId") for association in table["Associations"]}


check("the private way out", default_route(tables["lambda_prv_rt"])["NatGatewayId"], nat["NatGatewayId"])
check("the public way out", default_route(tables["lambda_pub_rt"])["GatewayId"], igw["InternetGatewayId"])
check("the private subnets' table", associated(tables["lambda_prv_rt"]), private)
check("both are active", {default_route(tables[t])["State"] for t in ("lambda_prv_rt", "lambda_pub_rt")}, {"active"})

[group] = ec2.describe_security_groups(Filters=STACK)["SecurityGroups"]
ranges = [r["CidrIp"] for permission in group["IpPermissionsEgress"] for r in permission["IpRanges"]]
check("the group", (group["GroupName"], group["IpPermissions"], ranges), ("lambda_sg", [], ["0.0.0.0/0"]))
[acl] = ec2.describe_network_acls(Filters=inside)["NetworkAcls"]
check("the default ACL", (acl["IsDefault"], len(acl["Associations"])), (True, 3))

interfaces = ec2.describe_network_interfaces(Filters=inside)["NetworkInterfaces"]
kinds = sorted(interface["InterfaceType"] for interface in interfaces)
check("the interfaces", kinds, ["lambda", "lambda", "nat_gateway"])

function = functions.get_function(FunctionName="order-sync")
config = function["Configuration"]
check("the function's subnets", set(config["VpcConfig"]["SubnetIds"]), private)
check("the function's group", config["VpcConfig"]["SecurityGroupIds"], [group["GroupId"]])
check("the function is ready", (config["State"], config["LastUpdateStatus"]), ("Active", "Successful"))
check("the function's stack", function["Tags"]["egress:stack"], "shop")
listed = [f["FunctionName"] for f in cli("lambda", "list-functions")["Functions"]]
check("no probe is left", listed, ["order-sync"])

role = config["Role"].rsplit("/", 1)[1]
attached = [p["PolicyName"] for p in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]]
check("the function's role", attached, ["AWSLambdaVPCAccessExecutionRole"])
trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
check("the role's trust", trust["Statement"][0]["Principal"]["Service"], "lambda.amazonaws.com")
probes = cli("iam", "list-roles", "--path-prefix", "/egress/")["Roles"]
check("the probes' role", [r["RoleName"] for r in probes], ["egress-probe-shop"])
check("who calls", cli("sts", "get-caller-identity")["Account"], "123456789012")

if problems:
    sys.exit("\n".join(problems))
