//! Changes of mind that were cut short, and what the next ones make of what they left.

use std::collections::BTreeSet;

use super::{minds::*, support::*};
use crate::{
    CloudId, Key, Kind, Owner, Tags, World,
    op::{FunctionOp, GatewayOp, NetworkOp, Op},
    plan::{Action, Permit, Plan, Step},
    spec::{NatGatewaySpec, Spec},
    world::{Address, AssociatedWith},
};

fn form(name: &str) -> Spec {
    forms().into_iter().find(|(found, _)| *found == name).unwrap().1
}

#[test]
fn what_was_cut_short_after_any_step_may_become_another_form() {
    for [from, to, then] in [
        ["reference", "another range", "reference"],
        ["three zones", "another range", "three zones"],
        ["reference", "other names", "other private subnets"],
        ["another range", "other names", "one subnet"],
    ] {
        let built = start(&form(from));
        let wanted = shape(&start(&form(then)));
        let plan = planned(&form(to), &built, apply(everything(&built))).unwrap();
        for n in 0..plan.steps.len() {
            let cut = execute(&Plan { steps: plan.steps[..n].to_vec(), ..plan.clone() }, &built);
            let (world, _) = settle(&form(then), &cut);
            assert_eq!(shape(&world), wanted, "{from} → {to}, cut short after {n} steps → {then}");
        }
    }
}

/// An address that no gateway leaves from.
fn idle(world: &mut World, tags: Tags) -> Address {
    let address = Address {
        id: "eipalloc-idle".into(),
        ip: Some([52, 1, 1, 1].into()),
        interface: None,
        nat_gateway: None,
        tags,
    };
    world.gateway.addresses.insert(address.id.clone(), address.clone());
    address
}

#[test]
fn an_idle_address_makes_room_for_the_one_that_is_in_use() {
    let mut built = start(&form("other names"));
    let owner = Owner { stack: f().stack, key: Key::new(Kind::Address, "lambda_nat") };
    idle(&mut built, owner.tags(&Tags::new()));
    let plan = planned(&f(), &built, apply_verb()).unwrap();
    assert!(changes(&plan).iter().all(|change| change.starts_with("tag ")), "{}", steps(&plan));
    let world = execute(&plan, &built);
    let in_use = id(&world, Kind::Address, "lambda_nat");
    assert!(world.gateway.addresses[&in_use].nat_gateway.is_some());
}

#[test]
fn a_gateway_that_should_leave_from_another_address_is_made_anew() {
    let mut built = start(&f());
    let theirs = idle(&mut built, Tags::new());
    let gateway = NatGatewaySpec { address: theirs.ip, ..f().nat_gateways.remove(0) };
    let (world, _) = settle(&Spec { nat_gateways: vec![gateway], ..f() }, &built);
    let now = &world.gateway.nat_gateways[&id(&world, Kind::NatGateway, "lambda_nat")];
    assert_eq!(now.addresses.iter().map(|a| a.public_ip).collect::<Vec<_>>(), [theirs.ip]);
    assert_eq!(world.gateway.addresses[&theirs.id].tags, theirs.tags);
    assert_eq!(world.gateway.addresses.len(), 2, "the old address is kept");
}

/// What a Step makes a thing carry from now on, and which thing that is.
fn renames(step: &Step, plan: &Plan) -> Option<(Key, CloudId)> {
    let (resource, set) = match &step.action {
        Action::Change(Op::Network(NetworkOp::SetTags(op))) => (&op.resource, &op.set),
        Action::Change(Op::Gateway(GatewayOp::SetTags(op))) => (&op.resource, &op.set),
        _ => return None,
    };
    Some((set.get(crate::tags::KEY)?.parse().unwrap(), plan.bindings.get(resource)?.clone()))
}

#[test]
fn a_key_is_given_only_once_its_carrier_has_another() {
    // A network was built under another name, and is now to take the name of the old one, which is still there.
    let built = start(&form("another range"));
    let plan = planned(&form("other names"), &built, apply(everything(&built))).unwrap();
    let begun = execute(&plan, &built);
    let plan = planned(&f(), &begun, apply(everything(&begun))).unwrap();
    let mut taken_over = 0;
    for step in &plan.steps {
        let Some((key, id)) = renames(step, &plan) else { continue };
        let carriers = begun.owned().into_iter().filter(|o| o.live && o.owner.key == key && o.id != id);
        for carrier in carriers {
            let vacates = |other: &&Step| renames(other, &plan).is_some_and(|(_, id)| id == carrier.id);
            let vacated =
                plan.steps.iter().find(vacates).unwrap_or_else(|| panic!("{carrier:?} keeps {key}:\n{}", steps(&plan)));
            assert!(step.needs.contains(&vacated.id), "{} comes without a need of {}", step.id, vacated.id);
            taken_over += 1;
        }
    }
    assert!(taken_over >= 3, "{}", steps(&plan));
}

#[test]
fn what_makes_room_gets_its_new_name_before_it_is_deleted() {
    let plan = planned(&form("another range"), &start(&spec()), apply_verb()).unwrap();
    let deletes = |step: &&Step| matches!(step.action, Action::Change(Op::Network(NetworkOp::DeleteGroup(_))));
    let step = plan.steps.iter().find(deletes).unwrap();
    assert!(step.needs.iter().any(|need| need.0.starts_with("tag security-group/lambda_sg@")), "{}", steps(&plan));
}

#[test]
fn functions_leave_a_subnet_that_has_no_way_out_and_waits_for_its_address() {
    let mut built = start(&f());
    for table in built.network.route_tables.values_mut() {
        table.associations.retain(|a| a.with == AssociatedWith::Main);
    }
    let per_zone = form("a gateway per zone");
    let plan = planned(&per_zone, &built, apply(BTreeSet::from([Permit::Outage]))).unwrap();
    let homes: Vec<_> = (plan.steps.iter())
        .filter_map(|step| match &step.action {
            Action::Change(Op::Function(FunctionOp::SetAttachment(op))) => op.to.as_ref().map(|to| to.subnets.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(homes, [BTreeSet::from([Key::new(Kind::Subnet, "lambda_prv1")])]);
    assert!(plan.notices.iter().any(|n| n.message.contains("lambda_prv2 has no way out")), "{:?}", plan.notices);
    let (world, _) = settle(&per_zone, &execute(&plan, &built));
    assert_eq!(shape(&world), shape(&start(&per_zone)));
}
