//! The JSON Schemas of what can be read by programs, as docs/schemas publishes them.

use schemars::{JsonSchema, generate::SchemaSettings};

use super::{diagnosed::Diagnosed, traced::Traced};

fn schema_of<T: JsonSchema>() -> String {
    let schema = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>();
    format!("{:#}\n", schema.to_value())
}

#[test]
fn the_published_schemas_are_those_of_what_is_printed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schemas");
    for (name, schema) in [("trace", schema_of::<Traced>()), ("doctor", schema_of::<Diagnosed>())] {
        let path = format!("{folder}/{name}.schema.json");
        if std::env::var_os("EGRESS_WRITE_SCHEMAS").is_some() {
            std::fs::create_dir_all(folder).unwrap();
            std::fs::write(&path, &schema).unwrap();
        }
        let published = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(published, schema, "{path} is not up to date: EGRESS_WRITE_SCHEMAS=1 writes it");
    }
}
