//! IAM and STS on the wire.

use crate::wire::testing::{Client, element};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const TRUST_ENCODED: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22lambda.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";
const VPC: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole";

fn iam(client: &Client, action: &str, rest: &[(&str, &str)]) -> Result<String, String> {
    let form: Vec<(&str, &str)> = [("Action", action), ("Version", "2010-05-08")].iter().chain(rest).copied().collect();
    client.fields("iam", &form)
}

fn with_role(name: &str, path: &str) -> Client {
    let client = Client::new();
    create(&client, name, path);
    client
}

fn create(client: &Client, name: &str, path: &str) {
    let form = [("RoleName", name), ("Path", path), ("AssumeRolePolicyDocument", TRUST)];
    iam(client, "CreateRole", &form).unwrap();
}

#[test]
fn a_role_is_made_read_tagged_and_deleted() {
    let client = Client::new();
    let form = [
        ("RoleName", "probe"),
        ("Path", "/egress/"),
        ("Description", "of probes"),
        ("AssumeRolePolicyDocument", TRUST),
        ("Tags.member.1.Key", "egress:stack"),
        ("Tags.member.1.Value", "demo"),
    ];
    let created = iam(&client, "CreateRole", &form).unwrap();
    let id = element(&created, "RoleId");
    let names = format!(
        "<Path>/egress/</Path><RoleName>probe</RoleName><RoleId>{id}</RoleId>\
         <Arn>arn:aws:iam::123456789012:role/egress/probe</Arn><CreateDate>1970-01-01T00:00:00Z</CreateDate>\
         <AssumeRolePolicyDocument>{TRUST_ENCODED}</AssumeRolePolicyDocument><Description>of probes</Description>"
    );
    let tags = "<Tags><member><Key>egress:stack</Key><Value>demo</Value></member></Tags>";
    assert_eq!(created, format!("<Role>{names}{tags}</Role>"));
    let got = iam(&client, "GetRole", &[("RoleName", "probe")]).unwrap();
    let session = "<MaxSessionDuration>3600</MaxSessionDuration>";
    assert_eq!(got, format!("<Role>{names}{session}{tags}<RoleLastUsed/></Role>"));
    let listed = iam(&client, "ListRoles", &[("PathPrefix", "/egress/")]).unwrap();
    assert_eq!(listed, format!("<Roles><member>{names}{session}</member></Roles><IsTruncated>false</IsTruncated>"));
    let none = "<Roles/><IsTruncated>false</IsTruncated>";
    assert_eq!(iam(&client, "ListRoles", &[("PathPrefix", "/other/")]).unwrap(), none);
    let more = [("RoleName", "probe"), ("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "")];
    assert_eq!(iam(&client, "TagRole", &more).unwrap(), "");
    iam(&client, "UntagRole", &[("RoleName", "probe"), ("TagKeys.member.1", "egress:stack")]).unwrap();
    let tags = iam(&client, "ListRoleTags", &[("RoleName", "probe")]).unwrap();
    assert_eq!(tags, "<Tags><member><Key>a</Key><Value/></member></Tags><IsTruncated>false</IsTruncated>");
    let profiles = iam(&client, "ListInstanceProfilesForRole", &[("RoleName", "probe")]).unwrap();
    assert_eq!(profiles, "<InstanceProfiles/><IsTruncated>false</IsTruncated>");
    iam(&client, "DeleteRole", &[("RoleName", "probe")]).unwrap();
    let gone = Err("404 NoSuchEntity: The role with name probe cannot be found.".to_owned());
    assert_eq!(iam(&client, "GetRole", &[("RoleName", "probe")]), gone);
}

#[test]
fn policies_come_and_go() {
    let client = with_role("r", "/");
    iam(&client, "AttachRolePolicy", &[("RoleName", "r"), ("PolicyArn", VPC)]).unwrap();
    let document = r#"{"Statement":{"Effect":"Allow","Action":"ec2:*","Resource":"*"}}"#;
    let put = [("RoleName", "r"), ("PolicyName", "mine"), ("PolicyDocument", document)];
    iam(&client, "PutRolePolicy", &put).unwrap();
    assert_eq!(
        iam(&client, "ListAttachedRolePolicies", &[("RoleName", "r")]).unwrap(),
        format!(
            "<AttachedPolicies><member><PolicyName>AWSLambdaVPCAccessExecutionRole</PolicyName><PolicyArn>{VPC}</PolicyArn>\
             </member></AttachedPolicies><IsTruncated>false</IsTruncated>"
        )
    );
    assert_eq!(
        iam(&client, "ListRolePolicies", &[("RoleName", "r")]).unwrap(),
        "<PolicyNames><member>mine</member></PolicyNames><IsTruncated>false</IsTruncated>"
    );
    assert_eq!(
        iam(&client, "GetRolePolicy", &[("RoleName", "r"), ("PolicyName", "mine")]).unwrap(),
        "<RoleName>r</RoleName><PolicyName>mine</PolicyName><PolicyDocument>%7B%22Statement%22%3A%7B%22Effect%22%3A\
         %22Allow%22%2C%22Action%22%3A%22ec2%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D</PolicyDocument>"
    );
    let entities = iam(&client, "ListEntitiesForPolicy", &[("PolicyArn", VPC), ("EntityFilter", "Role")]).unwrap();
    let id = element(&entities, "RoleId");
    assert_eq!(
        entities,
        format!(
            "<PolicyGroups/><PolicyUsers/><PolicyRoles><member><RoleName>r</RoleName><RoleId>{id}</RoleId></member>\
             </PolicyRoles><IsTruncated>false</IsTruncated>"
        )
    );
    let refused = iam(&client, "DeleteRole", &[("RoleName", "r")]);
    assert_eq!(refused, Err("409 DeleteConflict: Cannot delete entity, must detach all policies first.".to_owned()));
    iam(&client, "DetachRolePolicy", &[("RoleName", "r"), ("PolicyArn", VPC)]).unwrap();
    iam(&client, "DeleteRolePolicy", &[("RoleName", "r"), ("PolicyName", "mine")]).unwrap();
    iam(&client, "DeleteRole", &[("RoleName", "r")]).unwrap();
}

#[test]
fn awss_own_policies_are_told() {
    let client = with_role("r", "/");
    iam(&client, "AttachRolePolicy", &[("RoleName", "r"), ("PolicyArn", VPC)]).unwrap();
    let policy = iam(&client, "GetPolicy", &[("PolicyArn", VPC)]).unwrap();
    let of = |name: &str| element(&policy, name);
    assert_eq!((of("DefaultVersionId").as_str(), of("AttachmentCount").as_str()), ("v3", "1"));
    let version = iam(&client, "GetPolicyVersion", &[("PolicyArn", VPC), ("VersionId", "v3")]).unwrap();
    assert!(element(&version, "Document").contains("ec2%3ACreateNetworkInterface"), "{version}");
    let attached = iam(&client, "ListPolicies", &[("Scope", "AWS"), ("OnlyAttached", "true")]).unwrap();
    assert_eq!(element(&attached, "Policies"), format!("<member>{}</member>", element(&policy, "Policy")));
    let unknown = "arn:aws:iam::123456789012:policy/x";
    let refused = iam(&client, "GetPolicy", &[("PolicyArn", unknown)]);
    assert_eq!(refused, Err(format!("404 NoSuchEntity: Policy {unknown} was not found.")));
}

#[test]
fn a_simulation_says_what_a_role_may_do() {
    let client = with_role("r", "/egress/");
    iam(&client, "AttachRolePolicy", &[("RoleName", "r"), ("PolicyArn", VPC)]).unwrap();
    let form = [
        ("PolicySourceArn", "arn:aws:iam::123456789012:role/egress/r"),
        ("ActionNames.member.1", "ec2:CreateNetworkInterface"),
        ("ActionNames.member.2", "ec2:CreateVpc"),
    ];
    assert_eq!(
        iam(&client, "SimulatePrincipalPolicy", &form).unwrap(),
        "<EvaluationResults><member><EvalActionName>ec2:CreateNetworkInterface</EvalActionName><EvalResourceName>*\
         </EvalResourceName><EvalDecision>allowed</EvalDecision><MatchedStatements><member><SourcePolicyId>\
         AWSLambdaVPCAccessExecutionRole</SourcePolicyId><SourcePolicyType>IAM Policy</SourcePolicyType></member>\
         </MatchedStatements><MissingContextValues/></member><member><EvalActionName>ec2:CreateVpc</EvalActionName>\
         <EvalResourceName>*</EvalResourceName><EvalDecision>implicitDeny</EvalDecision><MatchedStatements/>\
         <MissingContextValues/></member></EvaluationResults><IsTruncated>false</IsTruncated>"
    );
    let by_caller = [form[1], ("PolicySourceArn", "arn:aws:iam::123456789012:user/egress")];
    let decision = iam(&client, "SimulatePrincipalPolicy", &by_caller).unwrap();
    assert_eq!(element(&decision, "EvalDecision"), "allowed");
    let of_nobody = [form[1], ("PolicySourceArn", "arn:aws:iam::123456789012:role/r")];
    let refused = iam(&client, "SimulatePrincipalPolicy", &of_nobody);
    assert_eq!(refused, Err("404 NoSuchEntity: The role with name r cannot be found.".to_owned()));
}

#[test]
fn lists_come_in_pages() {
    let client = Client::new();
    for name in ["a", "b", "c"] {
        create(&client, name, "/");
    }
    let first = iam(&client, "ListRoles", &[("MaxItems", "2")]).unwrap();
    let marker = element(&first, "Marker");
    assert_eq!((first.matches("<RoleName>").count(), element(&first, "IsTruncated").as_str()), (2, "true"));
    let second = iam(&client, "ListRoles", &[("MaxItems", "2"), ("Marker", &marker)]).unwrap();
    assert_eq!((element(&second, "RoleName").as_str(), element(&second, "IsTruncated").as_str()), ("c", "false"));
}

#[test]
fn what_is_missing_or_of_another_kind_is_said() {
    let client = Client::new();
    let said: Vec<String> = [
        iam(&client, "GetRole", &[]),
        iam(&client, "GetRole", &[("RoleName", "r"), ("Foo", "1")]),
        iam(&client, "ListRoles", &[("MaxItems", "many")]),
        iam(&client, "ListRoles", &[("Marker", "?")]),
        iam(&client, "Nonsense", &[]),
    ]
    .into_iter()
    .map(Result::unwrap_err)
    .collect();
    assert_eq!(
        said,
        [
            "400 ValidationError: 1 validation error detected: Value null at 'roleName' failed to satisfy constraint: Member \
             must not be null",
            "400 ValidationError: The emulator does not know the parameter Foo",
            "400 MalformedInput: `many` is no number that fits",
            "400 ValidationError: Invalid Marker.",
            "400 InvalidAction: The action Nonsense is not valid for this web service (version 2010-05-08).",
        ]
    );
}

#[test]
fn a_session_of_a_role_is_somebody_else() {
    let mut client = Client::new();
    let sts = |client: &Client, rest: &[(&str, &str)]| {
        let form: Vec<(&str, &str)> = rest.iter().copied().chain([("Version", "2011-06-15")]).collect();
        client.fields("sts", &form)
    };
    let who = |client: &Client| element(&sts(client, &[("Action", "GetCallerIdentity")]).unwrap(), "Arn");
    assert_eq!(who(&client), "arn:aws:iam::123456789012:user/egress");
    let assume = |client: &Client, role: &str| {
        let arn = format!("arn:aws:iam::123456789012:role/{role}");
        sts(client, &[("Action", "AssumeRole"), ("RoleArn", &arn), ("RoleSessionName", "me")])
    };
    // One that only functions may assume is refused as one that is not there.
    create(&client, "of-functions", "/");
    for role in ["nobody", "of-functions"] {
        let sentence = format!(
            "403 AccessDenied: User: arn:aws:iam::123456789012:user/egress is not authorized to perform: sts:AssumeRole on \
             resource: arn:aws:iam::123456789012:role/{role}"
        );
        assert_eq!(assume(&client, role), Err(sentence));
    }
    let trust = r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"sts:AssumeRole"}}"#;
    iam(&client, "CreateRole", &[("RoleName", "deploy"), ("AssumeRolePolicyDocument", trust)]).unwrap();
    let assumed = assume(&client, "deploy").unwrap();
    let arn = "arn:aws:sts::123456789012:assumed-role/deploy/me";
    assert_eq!(element(&element(&assumed, "AssumedRoleUser"), "Arn"), arn);
    assert_eq!(element(&assumed, "Expiration"), "1970-01-01T01:00:00Z");
    client.access_key = element(&assumed, "AccessKeyId");
    assert_eq!((who(&client).as_str(), client.access_key.len()), (arn, 20));
    let token = sts(&client, &[("Action", "GetSessionToken"), ("DurationSeconds", "900")]).unwrap();
    assert_eq!(element(&token, "Expiration"), "1970-01-01T00:15:00Z");
}
