//! The whole journey, by the real binary: what a user types, and what stands afterwards.

use std::{path::Path, process::Stdio};

use egress_aws::fixture::{self, Fixture};
use egress_core::{
    CloudExt, CloudId, Key, Kind, Op, Outcome, Scope, Token, World,
    op::{DeleteRoute, NetworkOp},
    world::{Destination, Function},
};
use tokio::process::Command;

use crate::{JOURNEY, Result, Stage, stack, told};

/// Goes from nothing to nothing.
pub(crate) async fn run(stage: &Stage<'_>) -> Result {
    let made = fixture::create(&stage.cloud, &stage.clock, &format!("journey-{}", stage.nonce)).await;
    let Fixture { function, .. } = made.map_err(|error| told(&error))?;
    let before = function_of(&observe(stage, &function).await?, &function)?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let type_it = async |line: &str, exit: i32| type_in(stage, folder.path(), line, exit).await;

    type_it(&format!("init --stack {JOURNEY}"), 0).await?;
    type_it("plan --detailed-exitcode", 2).await?;
    type_it("apply --yes", 0).await?;
    type_it("plan --detailed-exitcode", 0).await?;
    let ip = type_it("ips", 0).await?.trim().to_owned();

    type_it(&format!("attach {function}"), 0).await?;
    let attached = function_of(&observe(stage, &function).await?, &function)?;
    check(attached.attachment.as_ref().is_some_and(|a| a.subnets.len() == 2), "the function is in both subnets")?;
    type_it("plan --detailed-exitcode", 0).await?;
    let status = type_it("status", 0).await?;
    check(status.contains(&ip), "the status shows the IP")?;
    if !stage.args.no_invoke {
        let verified = type_it("verify", 0).await?;
        check(verified.matches(&format!("leaves from {ip}")).count() == 2, "both subnets leave from the IP")?;
    }

    delete_nat_route(stage, &function).await?;
    type_it("plan --detailed-exitcode", 2).await?;
    type_it("apply --yes", 0).await?;
    type_it("plan --detailed-exitcode", 0).await?;
    check(type_it("ips", 0).await?.trim() == ip, "the IP is the same after drift was mended")?;

    type_it(&format!("detach {function} --remove-role-policy"), 0).await?;
    let after = function_of(&observe(stage, &function).await?, &function)?;
    let expected = Function { revision: after.revision.clone(), ..before };
    check(after == expected, &format!("the function is as it was before: {expected:?}, not {after:?}"))?;

    type_it("destroy --yes", 0).await?;
    check(type_it("ips", 0).await?.trim() == ip, "destroy keeps the address")?;
    type_it(&format!("destroy --yes --release-address {ip}"), 0).await?;
    let left = observe(stage, &function).await?.owned_by(&stack(JOURNEY)?);
    let left: Vec<_> = left.into_iter().filter(|owned| owned.live).collect();
    check(left.is_empty(), &format!("nothing is left: {left:?}"))
}

/// Runs the binary as a user does, who sees what it says, and gives what it printed to stdout.
async fn type_in(stage: &Stage<'_>, folder: &Path, line: &str, exit: i32) -> Result<String> {
    stage.go_on()?;
    println!("$ egress {line}");
    let mut command = Command::new(&stage.args.egress);
    command
        .args(line.split_whitespace())
        .args(["--cloud", "aws", "--region", stage.cloud.region()])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let args = stage.args;
    let given = [("--profile", &args.profile), ("--role-arn", &args.role_arn), ("--endpoint-url", &args.endpoint_url)];
    for (flag, value) in given {
        if let Some(value) = value {
            command.args([flag, value]);
        }
    }
    let ran = async { command.spawn()?.wait_with_output().await };
    let output = ran.await.map_err(|error| format!("{} cannot be run: {error}", args.egress.display()))?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    print!("{printed}");
    if output.status.code() == Some(exit) {
        return Ok(printed);
    }
    Err(format!("`egress {line}` ended with {}, and exit code {exit} was expected", output.status))
}

/// Drift: somebody deletes the route from the private subnets to the NAT gateway.
async fn delete_nat_route(stage: &Stage<'_>, function: &CloudId) -> Result {
    println!("# somebody deletes the route to the NAT gateway");
    let key = Key::new(Kind::RouteTable, "lambda_prv_rt");
    let owned = observe(stage, function).await?.owned_by(&stack(JOURNEY)?);
    let table = owned.into_iter().find(|owned| owned.owner.key == key).map(|owned| owned.id);
    let table = table.ok_or_else(|| format!("there is no {key}"))?;
    let op = Op::Network(NetworkOp::DeleteRoute(DeleteRoute { table, destination: Destination::default_v4() }));
    match stage.cloud.apply(&op, &Token::new(format!("{}-drift", stage.nonce))).await {
        Outcome::Done(_) => Ok(()),
        Outcome::Failed(error) | Outcome::Unknown(error) => Err(told(&error)),
    }
}

async fn observe(stage: &Stage<'_>, function: &CloudId) -> Result<World> {
    let scope = Scope::Stack { stack: stack(JOURNEY)?, functions: [function.clone()].into(), networks: [].into() };
    stage.cloud.observe(&scope).await.map_err(|error| told(&error))
}

fn function_of(world: &World, id: &CloudId) -> Result<Function> {
    world.function.functions.get(id).cloned().ok_or_else(|| format!("function {id} is not seen"))
}

fn check(so: bool, what: &str) -> Result {
    if so { Ok(()) } else { Err(format!("not so: {what}")) }
}
