//! What goes wrong on the wire in the middle of an apply: nothing is lost, and nothing is made twice.

use std::collections::BTreeSet;

use egress_core::{
    ErrorKind,
    execute::{Options, Report, StepError, execute},
};
use egress_mock::wire::{Fate, Fault, Gives};

use super::{
    connected,
    journey::{Journey, apply},
};

/// Applies with a client of its own, whatever becomes of it.
fn applied(journey: &Journey, nonce: &str) -> Report {
    let cloud = connected(&journey.mock, &journey.clock);
    let plan = journey.plan(&cloud, apply());
    let options = Options::new(nonce, journey.mock.pace());
    let never = std::future::pending();
    journey.clock.block_on(execute(&plan, &cloud, &journey.clock, &options, never, &mut |_| {}))
}

/// Every Key of the stack is there once, and nothing else of it.
fn once_each(journey: &Journey, what: &str) {
    let owned: Vec<_> = journey.mock.world().owned().into_iter().filter(|owned| owned.live).collect();
    let keys: BTreeSet<_> = owned.iter().map(|owned| &owned.owner).collect();
    assert_eq!((owned.len(), keys.len()), (12, 12), "{what}: {owned:#?}");
}

/// What makes something, each by its own call.
const MAKING: [&str; 9] = [
    "AllocateAddress",
    "CreateFunction",
    "CreateInternetGateway",
    "CreateNatGateway",
    "CreateRole",
    "CreateRouteTable",
    "CreateSecurityGroup",
    "CreateSubnet",
    "CreateVpc",
];

#[test]
fn an_answer_that_is_lost_on_the_wire_makes_nothing_twice() {
    let failed =
        || Gives::Error { status: 500, code: "InternalError".to_owned(), message: "An internal error".to_owned() };
    let mut tried = 0;
    for action in MAKING {
        for gives in [Gives::Fate(Fate::Reset), Gives::Fate(Fate::CutShort), Gives::Fate(Fate::Silence), failed()] {
            let journey = Journey::new();
            let what = format!("{action}: {gives:?}");
            journey.mock.befall(Fault::next(action, gives));
            let report = applied(&journey, "nonce001");
            assert!(report.is_complete(), "{what}: {report:#?}");
            once_each(&journey, &what);
            tried += 1;
        }
    }
    println!("answers lost on the wire, with nothing made twice: {tried}");
}

/// What befalls every call from the n-th on.
fn from(skip: usize, code: &str, message: &str) -> Fault {
    let gives = Gives::Error { status: 400, code: code.to_owned(), message: message.to_owned() };
    Fault { action: None, skip, times: usize::MAX, takes_effect: false, gives }
}

#[test]
fn credentials_that_expire_half_way_end_the_run_and_the_next_one_goes_on() {
    for skip in (20..80).step_by(7) {
        let journey = Journey::new();
        journey.mock.befall(from(skip, "ExpiredToken", "The security token included in the request is expired"));
        let report = applied(&journey, "nonce001");
        let kinds: BTreeSet<_> = report.failed.iter().filter_map(|(_, error)| kind(error)).collect();
        assert!(kinds.contains(&ErrorKind::Unauthenticated), "after {skip} calls: {report:#?}");

        journey.mock.clear_faults();
        let report = applied(&journey, "nonce002");
        assert!(report.is_complete(), "after {skip} calls: {report:#?}");
        once_each(&journey, &format!("after {skip} calls"));
    }
}

fn kind(error: &StepError) -> Option<ErrorKind> {
    match error {
        StepError::Cloud(error) | StepError::Unsettled(error) => Some(error.kind),
        _ => None,
    }
}

#[test]
fn an_organisations_deny_is_said_as_such() {
    let journey = Journey::new();
    let message = "You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/egress is not \
                   authorized to perform: ec2:CreateVpc with an explicit deny in a service control policy.";
    let gives = Gives::Error { status: 403, code: "UnauthorizedOperation".to_owned(), message: message.to_owned() };
    journey.mock.befall(Fault::next("CreateVpc", gives).without_effect());
    let report = applied(&journey, "nonce001");
    let (_, error) = report.failed.first().unwrap();
    let StepError::Cloud(error) = error else { panic!("{error:?}") };
    assert_eq!(error.kind, ErrorKind::Denied);
    let told = format!("{error} {}", error.hint.clone().unwrap_or_default());
    assert!(told.contains("organisation"), "{told}");
    assert!(journey.mock.world().network.networks.is_empty());
}
