//! Placeholder.
#[test]
fn show() {
    let stage = crate::stage::Stage::new(1, egress_mock::Timing::aws());
    let report = stage.run(crate::stage::apply());
    eprintln!("apply {:?}", report.took);
    for d in stage.cloud.drawn() { eprintln!("{:?} {} {:?}", d.wait, d.subject, d.took); }
    for e in stage.events.lock().unwrap().iter() { eprintln!("{:?}", e); }
    let report = stage.run(crate::stage::destroy());
    eprintln!("destroy {:?}", report.took);
    for c in stage.cloud.calls() { if !c.name.starts_with("obs") { eprintln!("{:?}", c); } }
    panic!();
}
