use egress_core::{StackName, World};

use super::{super::*, worlds};

fn check(name: &str, world: &World, stack: Option<&StackName>) {
    let diagram = Diagram::of(world, stack);
    insta::assert_snapshot!(format!("{name}.svg"), svg(&diagram));
    insta::assert_snapshot!(format!("{name}.mmd"), mermaid(&diagram));
    insta::assert_snapshot!(format!("{name}.txt"), text(&diagram));
}

#[test]
fn the_reference_topology() {
    check("reference", &worlds::reference(), Some(&worlds::stack()));
}

#[test]
fn a_stack_whose_nat_route_is_deleted() {
    check("without_nat_route", &worlds::without_nat_route(), None);
}

/// Writes pictures to look at into the folder that `EGRESS_GRAPH_DIR` names.
#[test]
#[ignore = "for eyes, not for machines"]
fn pictures() {
    let dir = std::path::PathBuf::from(std::env::var("EGRESS_GRAPH_DIR").unwrap());
    for (name, world) in [
        ("reference", worlds::reference()),
        ("no_route", worlds::without_nat_route()),
        ("blackhole", worlds::blackhole()),
        ("three", worlds::three_zones()),
        ("no_functions", worlds::without_functions()),
        ("long", worlds::long_names()),
        ("everything", worlds::everything()),
        ("empty", worlds::empty()),
    ] {
        let diagram = Diagram::of(&world, None);
        std::fs::write(dir.join(name).with_extension("svg"), svg(&diagram)).unwrap();
        std::fs::write(dir.join(name).with_extension("mmd"), mermaid(&diagram)).unwrap();
        std::fs::write(dir.join(name).with_extension("txt"), text(&diagram)).unwrap();
    }
}
