//! What `terraform show -json` prints, as a list of resources and what refers to what.
//!
//! Source: Terraform's "JSON Output Format". In a plan, an attribute that is known only after the apply is left out of the
//! planned values; what it will be is then told by the expression that it was written as, and of that only by the names that
//! stand in it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A plan or a state.
#[derive(Clone, Debug, Default)]
pub(super) struct Document {
    /// Everything that is, or would be after the plan.
    pub(super) resources: Vec<Resource>,
    /// How the resources were written; absent in a state.
    pub(super) root: Option<Module>,
    /// The region of the provider, where it is written out.
    pub(super) region: Option<String>,
}

/// A resource, or what a data source read.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    /// E.g. `module.net.aws_subnet.private[0]`.
    pub(super) address: String,
    /// The module's own address, e.g. `module.net`; empty for the root.
    pub(super) module: String,
    /// E.g. `aws_subnet`.
    pub(super) kind: String,
    /// E.g. `private`.
    pub(super) name: String,
    /// Its number or key among its like, as JSON writes it.
    pub(super) index: Option<String>,
    /// Its attributes, as far as they are known.
    pub(super) values: Map<String, Value>,
}

/// How a module was written.
#[derive(Clone, Debug, Default)]
pub(super) struct Module {
    /// The expressions of each resource, by type and name (`data.` before a data source's).
    pub(super) expressions: BTreeMap<String, Value>,
    /// The names in each output.
    pub(super) outputs: BTreeMap<String, Vec<String>>,
    /// The modules that it calls.
    pub(super) calls: BTreeMap<String, Call>,
}

/// A call of a module.
#[derive(Clone, Debug, Default)]
pub(super) struct Call {
    /// The names in each argument.
    pub(super) arguments: BTreeMap<String, Vec<String>>,
    /// The module.
    pub(super) module: Module,
}

/// Modules within modules, at most: more is not anybody's work, but an attack on the stack.
const DEPTH: usize = 40;

/// Takes a document apart; `None` for one that is neither a plan nor a state.
pub(super) fn document(json: &Value) -> Option<Document> {
    json.get("format_version")?;
    let values = Some(json.get("planned_values").or_else(|| json.get("values"))?);
    let before = json.pointer("/prior_state/values");
    let mut resources = Vec::new();
    for (values, only_data) in [(values, false), (before, true)] {
        if let Some(root) = values.and_then(|values| values.get("root_module")) {
            collect(root, "", only_data, DEPTH, &mut resources);
        }
    }
    let root = json.pointer("/configuration/root_module").map(|root| module(root, DEPTH));
    let providers = json.pointer("/configuration/provider_config").and_then(Value::as_object);
    let region = providers.into_iter().flat_map(Map::values).find_map(|provider| {
        let is_aws = provider.get("name").and_then(Value::as_str) == Some("aws");
        let constant = provider.pointer("/expressions/region/constant_value").and_then(Value::as_str);
        constant.filter(|_| is_aws).map(ToOwned::to_owned)
    });
    Some(Document { resources, root, region })
}

fn collect(module: &Value, address: &str, only_data: bool, depth: usize, into: &mut Vec<Resource>) {
    for resource in list(module, "resources") {
        let text = |field| resource.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let is_data = text("mode") == "data";
        let values = resource.get("values").and_then(Value::as_object).cloned().unwrap_or_default();
        let known = into.iter().any(|other| is_data && other.address == text("address"));
        if (is_data || !only_data) && !known {
            into.push(Resource {
                address: text("address"),
                module: address.to_owned(),
                kind: text("type"),
                name: text("name"),
                index: resource.get("index").map(index),
                values,
            });
        }
    }
    if depth > 0 {
        for child in list(module, "child_modules") {
            let address = child.get("address").and_then(Value::as_str).unwrap_or_default();
            collect(child, address, only_data, depth - 1, into);
        }
    }
}

/// An index as it stands in an address: `0`, or `"a"` with its quotes.
fn index(index: &Value) -> String {
    index.to_string()
}

fn module(config: &Value, depth: usize) -> Module {
    let mut module = Module::default();
    for resource in list(config, "resources") {
        let text = |field| resource.get(field).and_then(Value::as_str).unwrap_or_default();
        let data = if text("mode") == "data" { "data." } else { "" };
        let expressions = resource.get("expressions").cloned().unwrap_or_default();
        module.expressions.insert(format!("{data}{}.{}", text("type"), text("name")), expressions);
    }
    for (name, output) in fields(config, "outputs") {
        module.outputs.insert(name.clone(), output.get("expression").map(names).unwrap_or_default());
    }
    if depth > 0 {
        for (name, call) in fields(config, "module_calls") {
            let arguments = fields(call, "expressions").map(|(name, value)| (name.clone(), names(value))).collect();
            let inner = call.get("module").map(|inner| self::module(inner, depth - 1)).unwrap_or_default();
            module.calls.insert(name.clone(), Call { arguments, module: inner });
        }
    }
    module
}

/// Every name that an expression holds, at whatever depth, in its order.
pub(super) fn names(expression: &Value) -> Vec<String> {
    match expression {
        Value::Object(object) => {
            let references = object.get("references").and_then(Value::as_array);
            let own = references.into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned);
            let nested = object.iter().filter(|(key, _)| !matches!(key.as_str(), "references" | "constant_value"));
            own.chain(nested.flat_map(|(_, value)| names(value))).collect()
        }
        Value::Array(items) => items.iter().flat_map(names).collect(),
        _ => Vec::new(),
    }
}

fn list<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    value.get(field).and_then(Value::as_array).into_iter().flatten()
}

fn fields<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.get(field).and_then(Value::as_object).into_iter().flatten()
}
