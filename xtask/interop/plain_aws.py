"""Builds a network with a function by the AWS CLI alone, without anything of egress's, and asks egress about it: while it works,
and broken in the ways that people break it.

A folder of what the same CLI lists must be answered for as the account is.

usage: plain_aws.py ENDPOINT REGION EGRESS
"""

import io
import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

ENDPOINT, REGION, EGRESS = sys.argv[1:]
DESTINATION = "8.8.8.8:443"
problems = []


def aws(*words):
    command = ["aws", "--endpoint-url", ENDPOINT, "--region", REGION, "--output", "json", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return json.loads(done.stdout) if done.stdout.strip() else {}


def egress(*words):
    """What egress answers, and its exit code: 0 and 11 to 14 are answers."""
    where = ["--cloud", "aws", "--endpoint-url", ENDPOINT, "--region", REGION, "--output", "json"]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([EGRESS, *words, *where], capture_output=True, text=True, check=False, cwd=folder)
    if done.returncode not in (0, 11, 12, 13, 14):
        sys.exit(f"egress {' '.join(words)} exited with {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout), done.returncode


# What a trace of a function needs to know, as anybody lists it.
LISTINGS = [
    ("sts", "get-caller-identity"),
    ("ec2", "describe-availability-zones"),
    ("ec2", "describe-vpcs"),
    ("ec2", "describe-subnets"),
    ("ec2", "describe-route-tables"),
    ("ec2", "describe-security-groups"),
    ("ec2", "describe-network-acls"),
    ("ec2", "describe-network-interfaces"),
    ("ec2", "describe-vpc-endpoints"),
    ("ec2", "describe-vpc-peering-connections"),
    ("ec2", "describe-internet-gateways"),
    ("ec2", "describe-nat-gateways"),
    ("ec2", "describe-addresses"),
    ("lambda", "list-functions"),
]


def trace_of_files():
    """The same trace, from files alone."""
    with tempfile.TemporaryDirectory() as folder:
        for service, listing in LISTINGS:
            (pathlib.Path(folder) / f"{listing}.json").write_text(json.dumps(aws(service, listing)))
        done = subprocess.run([EGRESS, "trace", "mailer", "--to", DESTINATION, "--snapshot", folder, "--output", "json"],
                              capture_output=True, text=True, check=False, cwd=folder)
    if not done.stdout:
        sys.exit(f"egress trace --snapshot failed:\n{done.stderr}")
    answer = json.loads(done.stdout)
    return answer["verdict"], answer["source_ips"]


def check(what, seen, expected):
    print(f"{'ok  ' if seen == expected else 'FAIL'} {what}")
    if seen != expected:
        problems.append(f"{what}: {seen!r}, and {expected!r} was expected")


def check_trace(what, verdict, code, ips, rules=()):
    answer, exited = egress("trace", "mailer", "--to", DESTINATION)
    found = {reason["rule"] for path in answer["paths"] for reason in path["reasons"]}
    check(f"trace, {what}", (answer["verdict"], exited, answer["source_ips"], found), (verdict, code, ips, set(rules)))
    check(f"trace of files, {what}", trace_of_files(), (verdict, ips))
    return answer


def check_doctor(what, code, errors):
    answer, exited = egress("doctor", "mailer", "--to", DESTINATION)
    found = {finding["rule"] for finding in answer["findings"] if finding["severity"] == "error"}
    check(f"doctor, {what}", (exited, found), (code, set(errors)))


# A network as the VPC guide has it: a public subnet with a NAT gateway, a private one behind it.
vpc = aws("ec2", "create-vpc", "--cidr-block", "10.20.0.0/16")["Vpc"]["VpcId"]
# Functions do not run in edge zones, which are listed too.
zones = aws("ec2", "describe-availability-zones")["AvailabilityZones"]
zone = next(zone["ZoneName"] for zone in zones if zone["ZoneType"] == "availability-zone")


def subnet(cidr):
    made = aws("ec2", "create-subnet", "--vpc-id", vpc, "--cidr-block", cidr, "--availability-zone", zone)
    return made["Subnet"]["SubnetId"]


def table(of):
    made = aws("ec2", "create-route-table", "--vpc-id", vpc)["RouteTable"]["RouteTableId"]
    aws("ec2", "associate-route-table", "--route-table-id", made, "--subnet-id", of)
    return made


def default_route(of, kind, target):
    aws("ec2", "create-route", "--route-table-id", of, "--destination-cidr-block", "0.0.0.0/0", kind, target)


def no_default_route(of):
    aws("ec2", "delete-route", "--route-table-id", of, "--destination-cidr-block", "0.0.0.0/0")


public, private = subnet("10.20.0.0/24"), subnet("10.20.1.0/24")
public_table, private_table = table(public), table(private)
igw = aws("ec2", "create-internet-gateway")["InternetGateway"]["InternetGatewayId"]
aws("ec2", "attach-internet-gateway", "--internet-gateway-id", igw, "--vpc-id", vpc)
default_route(public_table, "--gateway-id", igw)
address = aws("ec2", "allocate-address", "--domain", "vpc")
made = aws("ec2", "create-nat-gateway", "--subnet-id", public, "--allocation-id", address["AllocationId"])
nat = made["NatGateway"]["NatGatewayId"]
aws("ec2", "wait", "nat-gateway-available", "--nat-gateway-ids", nat)
default_route(private_table, "--nat-gateway-id", nat)
group = aws("ec2", "create-security-group", "--group-name", "mailer", "--description", "mailer", "--vpc-id", vpc)["GroupId"]

# A function in the private subnet.
trust = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
role = aws("iam", "create-role", "--role-name", "mailer", "--assume-role-policy-document", json.dumps(trust))["Role"]["Arn"]
policy = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
aws("iam", "attach-role-policy", "--role-name", "mailer", "--policy-arn", policy)
code = io.BytesIO()
with zipfile.ZipFile(code, "w") as archive:
    archive.writestr("index.py", "def handler(event, context):\n    return event\n")
with tempfile.NamedTemporaryFile(suffix=".zip") as file:
    file.write(code.getvalue())
    file.flush()
    aws("lambda", "create-function", "--function-name", "mailer", "--runtime", "python3.12", "--handler", "index.handler",
        "--role", role, "--zip-file", f"fileb://{file.name}",
        "--vpc-config", f"SubnetIds={private},SecurityGroupIds={group}")
aws("lambda", "wait", "function-active-v2", "--function-name", "mailer")

tags = {tag["Key"] for tag in aws("ec2", "describe-tags")["Tags"]}
check("nothing of egress's is there", {tag for tag in tags if tag.startswith("egress:")}, set())

fixed = [address["PublicIp"]]
answer = check_trace("as it was built", "reaches", 0, fixed)
passed = [hop["id"] for path in answer["paths"] for hop in path["hops"]]
check("trace, the way", [i for i in (private_table, nat, public_table, igw) if i not in passed], [])
check_doctor("as it was built", 0, [])

no_default_route(private_table)
check_trace("without the route to the NAT gateway", "drops", 11, [], ["NO_DEFAULT_ROUTE"])
check_doctor("without the route to the NAT gateway", 14, ["NO_DEFAULT_ROUTE"])
default_route(private_table, "--nat-gateway-id", nat)
check_trace("with it again", "reaches", 0, fixed)

no_default_route(public_table)
check_trace("without the NAT gateway's own way out", "drops", 11, [], ["NAT_IN_PRIVATE_SUBNET"])
check_doctor("without the NAT gateway's own way out", 14, ["NAT_IN_PRIVATE_SUBNET"])
default_route(public_table, "--gateway-id", igw)

everything = json.dumps([{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
aws("ec2", "revoke-security-group-egress", "--group-id", group, "--ip-permissions", everything)
check_trace("without an egress rule", "drops", 11, [], ["SG_EGRESS_BLOCKS"])
check_doctor("without an egress rule", 14, ["SG_EGRESS_BLOCKS"])
aws("ec2", "authorize-security-group-egress", "--group-id", group, "--ip-permissions", everything)

aws("lambda", "update-function-configuration", "--function-name", "mailer",
    "--vpc-config", f"SubnetIds={private},{public},SecurityGroupIds={group}")
aws("lambda", "wait", "function-updated-v2", "--function-name", "mailer")
check_trace("with a public subnet beside the private one", "mixed", 12, fixed, ["LAMBDA_PUBLIC_SUBNET"])
aws("lambda", "update-function-configuration", "--function-name", "mailer",
    "--vpc-config", f"SubnetIds={private},SecurityGroupIds={group}")
aws("lambda", "wait", "function-updated-v2", "--function-name", "mailer")

aws("ec2", "delete-nat-gateway", "--nat-gateway-id", nat)
aws("ec2", "wait", "nat-gateway-deleted", "--nat-gateway-ids", nat)
answer, code = egress("trace", "mailer", "--to", DESTINATION)
rules = {reason["rule"] for path in answer["paths"] for reason in path["reasons"]}
gone = bool(rules) and rules <= {"NAT_ROUTE_BLACKHOLE", "NAT_NOT_AVAILABLE"}
check("trace, without the NAT gateway", (answer["verdict"], code, gone), ("drops", 11, True))

if problems:
    sys.exit("\n".join(problems))
