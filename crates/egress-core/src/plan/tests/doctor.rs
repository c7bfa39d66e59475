//! A stack as it is planned gives the doctor nothing to find.

use super::support::*;
use crate::{
    doctor::{Examination, examine, pinned},
    spec::Permission,
};

#[test]
fn a_stack_as_it_is_planned_is_healthy() {
    let spec = spec_with(&[("f", Permission::Managed), ("g", Permission::Inline)]);
    let world = with_function(with_function(empty(), "f"), "g");
    let world = run(&spec, &world, apply_verb());
    for pinned in [Default::default(), pinned(&spec, &world)] {
        let diagnosis = examine(&world, &Examination { pinned, ..Examination::default() });
        assert_eq!((&diagnosis.findings, &diagnosis.missing), (&vec![], &vec![]));
        assert!(diagnosis.functions.iter().all(|egress| egress.is_fixed()));
        assert_eq!(diagnosis.functions.len(), 2);
    }
}
