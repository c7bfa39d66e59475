//! A function for tests against a real or an emulated AWS: the conformance suite wants one to move about.
//!
//! Everything that is made here has a name that begins with [`PREFIX`], a role in the path `/egress-fixture/`, and the tag
//! [`TAG`], so that a later run finds what an earlier one left behind.

use std::{collections::BTreeSet, time::Duration};

use egress_core::{
    Clock, CloudError, CloudId, ErrorKind, FunctionProvider, Outcome, Retry, Scope, StackName, Tags, Token,
    op::{DeleteProbe, DeleteProbeRole, FunctionOp},
};

use crate::{
    AwsCloud,
    client::Refusal,
    function::{ops::create_function, probe_role::create_role, roles},
    wire::{must, pages, unreadable_in},
};

/// How the names of all that is made here begin.
pub const PREFIX: &str = "egress-fixture-";
/// The tag that all of it carries; its value is the name.
pub const TAG: &str = "egress-fixture";
/// Where its roles live; not among those of egress's own, which belong to stacks.
const PATH: &str = "/egress-fixture/";
/// How long IAM and Lambda may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// A function in no network, and the role that it runs as, which may do nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixture {
    /// The function's name. It speaks the contract of [`egress_core::probe`].
    pub function: CloudId,
    /// The role's name.
    pub role: CloudId,
}

/// Makes a role and a function, and waits until the function can be used.
///
/// `name` follows [`PREFIX`]; letters, digits and hyphens.
///
/// # Errors
///
/// Whatever AWS refuses, or what is not ready in five minutes. Then [`sweep`] removes what was made.
pub async fn create(cloud: &AwsCloud, clock: &dyn Clock, name: &str) -> Result<Fixture, CloudError> {
    let name = format!("{PREFIX}{name}");
    let tags = Tags::from([(TAG.to_owned(), name.clone())]);
    let id = CloudId::new(&name);
    patiently(clock, async || made(create_role(cloud, &name, PATH, &tags).await)).await?;
    let role = patiently(clock, async || roles::get(cloud, &id).await).await?;
    patiently(clock, async || made(create_function(cloud, &name, &role.arn, None, &tags).await.map(drop))).await?;
    let fixture = Fixture { function: id.clone(), role: id };
    settled(cloud, clock, &fixture).await?;
    Ok(fixture)
}

/// Deletes the function and its role. What is gone already is passed over.
///
/// Where the function was in a network, Lambda removes its interfaces with the role, which must then outlive them: use
/// [`delete_function`] first, and [`delete_role`] once the network is empty.
///
/// # Errors
///
/// Whatever AWS refuses for five minutes.
pub async fn delete(cloud: &AwsCloud, clock: &dyn Clock, fixture: &Fixture) -> Result<(), CloudError> {
    delete_function(cloud, clock, fixture).await?;
    delete_role(cloud, clock, fixture).await
}

/// Deletes the function alone.
///
/// # Errors
///
/// See [`delete`].
pub async fn delete_function(cloud: &AwsCloud, clock: &dyn Clock, fixture: &Fixture) -> Result<(), CloudError> {
    gone(cloud, clock, &FunctionOp::DeleteProbe(DeleteProbe { probe: fixture.function.clone() })).await
}

/// Deletes the role alone, with its policies.
///
/// # Errors
///
/// See [`delete`].
pub async fn delete_role(cloud: &AwsCloud, clock: &dyn Clock, fixture: &Fixture) -> Result<(), CloudError> {
    gone(cloud, clock, &FunctionOp::DeleteProbeRole(DeleteProbeRole { role: fixture.role.clone() })).await
}

async fn gone(cloud: &AwsCloud, clock: &dyn Clock, op: &FunctionOp<CloudId>) -> Result<(), CloudError> {
    patiently(clock, async || match cloud.apply_function(op, &Token::new("")).await {
        Outcome::Done(_) => Ok(()),
        Outcome::Failed(error) if error.kind == ErrorKind::NotFound => Ok(()),
        Outcome::Failed(error) | Outcome::Unknown(error) => Err(error),
    })
    .await
}

/// What earlier runs left behind. A function and a role of one name belong together; either may be gone.
///
/// # Errors
///
/// Whatever AWS answers to listing functions and roles.
pub async fn left_behind(cloud: &AwsCloud) -> Result<Vec<Fixture>, CloudError> {
    let roles = pages!(cloud, "ListRoles", cloud.reads().iam.list_roles().path_prefix(PATH)).await?;
    let functions = pages!(cloud, "ListFunctions", cloud.reads().lambda.list_functions()).await?;
    let mut names: BTreeSet<String> = roles.iter().map(|role| role.role_name().to_owned()).collect();
    for function in &functions {
        names
            .insert(must("FunctionName", function.function_name()).map_err(unreadable_in("ListFunctions"))?.to_owned());
    }
    names.retain(|name| name.starts_with(PREFIX));
    Ok(names.into_iter().map(|name| Fixture { function: CloudId::new(&name), role: CloudId::new(&name) }).collect())
}

/// Deletes what earlier runs left behind, and tells what that was.
///
/// # Errors
///
/// See [`left_behind`] and [`delete`].
pub async fn sweep(cloud: &AwsCloud, clock: &dyn Clock) -> Result<Vec<Fixture>, CloudError> {
    let left = left_behind(cloud).await?;
    for fixture in &left {
        delete(cloud, clock, fixture).await?;
    }
    Ok(left)
}

/// Waits until the function can be changed and invoked.
async fn settled(cloud: &AwsCloud, clock: &dyn Clock, fixture: &Fixture) -> Result<(), CloudError> {
    let stack = StackName::new("egress-fixture")
        .map_err(|e| CloudError::new(ErrorKind::Invalid, "GetFunction", e.to_string()))?;
    let scope = Scope::Stack { stack, functions: [fixture.function.clone()].into(), networks: [].into() };
    patiently(clock, async || {
        let part = cloud.observe_functions(&scope).await?;
        if part.functions.get(&fixture.function).is_some_and(|function| function.is_settled()) {
            return Ok(());
        }
        Err(CloudError::new(ErrorKind::Busy, "GetFunction", "the function is not ready yet").on(&fixture.function))
    })
    .await
}

/// A creation whose answer was lost may be sent again; names tell that it is the same thing.
fn made(sent: Result<(), Refusal>) -> Result<(), CloudError> {
    match sent.map_err(Refusal::into_error) {
        Err(error) if error.kind == ErrorKind::AlreadyExists => Ok(()),
        answer => answer,
    }
}

/// Tries again what may pass by itself.
async fn patiently<T>(clock: &dyn Clock, call: impl AsyncFn() -> Result<T, CloudError>) -> Result<T, CloudError> {
    let begun = clock.now();
    loop {
        match call().await {
            Err(error) if error.kind.retry() == Retry::Later && clock.now().saturating_sub(begun) < PATIENCE => {
                clock.sleep(Duration::from_secs(2)).await;
            }
            answer => return answer,
        }
    }
}
