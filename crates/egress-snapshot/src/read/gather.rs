//! Documents into answers, and answers into entries.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value, json};

use super::{
    decode::{Decoded, decode},
    kind::{Kind, QUIET, ROWS, Row},
};
use crate::{
    Note,
    text::{arn, word_with},
};

/// All that stands in files, before it is known whose it is.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// The files, in order.
    pub(super) paths: Vec<PathBuf>,
    pub(super) answers: Vec<Answer>,
    pub(super) items: Vec<Item>,
    pub(super) notes: Vec<Note>,
}

/// What one call said of one sort of thing.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) kind: Kind,
    /// The file, by its place among the paths.
    pub(super) file: usize,
    /// Whether it said anything.
    pub(super) has_entries: bool,
    /// Whether some of it cannot be read.
    pub(super) is_amiss: bool,
    /// Whether it says that another page follows.
    pub(super) goes_on: bool,
}

/// One thing of an answer.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) kind: Kind,
    /// What identifies it among its kind.
    pub(super) id: String,
    pub(super) value: Map<String, Value>,
    /// The answer, by its place among the answers.
    pub(super) answer: usize,
    pub(super) file: usize,
    /// Where in the file, e.g. `Vpcs[3]`.
    pub(super) at: String,
}

/// Reads every file and takes the answers in them apart.
pub(super) fn gather(files: impl IntoIterator<Item = (PathBuf, Vec<u8>)>) -> Gathered {
    let mut files: Vec<(PathBuf, Vec<u8>)> = files.into_iter().collect();
    files.sort();
    let mut gathered = Gathered::default();
    for (path, bytes) in files {
        let decoded = decode(&bytes);
        let is_named = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        match decoded {
            Some(decoded) => of_file(path, decoded, &mut gathered),
            None if is_named => gathered.notes.push(Note::new(path, "", "holds no JSON")),
            None => {}
        }
    }
    gathered
}

fn of_file(path: PathBuf, decoded: Decoded, gathered: &mut Gathered) {
    gathered.paths.push(path);
    let mut reader = Reader { file: gathered.paths.len() - 1, gathered };
    for document in decoded.documents {
        reader.document(document);
    }
    if let Some((why, rest)) = decoded.broken {
        let lost: BTreeSet<Kind> = ROWS.iter().filter(|row| names_key(&rest, row.key)).map(|row| row.kind).collect();
        for kind in lost {
            let answer = reader.answer(kind, false);
            reader.amiss(answer);
        }
        reader.note("", format!("cannot be read to its end: {why}"));
    }
}

/// Whether a key stands in a text that cannot be parsed.
fn names_key(text: &str, key: &str) -> bool {
    let quoted = format!("\"{key}\"");
    text.match_indices(&quoted).any(|(at, _)| {
        let after = text.get(at + quoted.len()..).unwrap_or_default().trim_start();
        // Cut off right behind the key is cut off too.
        after.is_empty() || after.starts_with(':')
    })
}

struct Reader<'a> {
    file: usize,
    gathered: &'a mut Gathered,
}

impl Reader<'_> {
    fn document(&mut self, document: Value) {
        match document {
            Value::Array(list) => list.into_iter().for_each(|each| self.one(each)),
            one => self.one(one),
        }
    }

    fn one(&mut self, document: Value) {
        let Value::Object(map) = document else {
            return self.note("", "holds something that is no answer of a call");
        };
        match unwrapped(map) {
            Ok(map) => self.object(map),
            Err(status) => self.note("", format!("is the record of a call that failed with status {status}")),
        }
    }

    fn object(&mut self, mut map: Map<String, Value>) {
        let goes_on = goes_on(&map);
        if self.flat(&map) {
            return;
        }
        let mut is_known = false;
        if let Some(entries) = map.remove("Policies").filter(|_| map.contains_key("RoleDetailList")) {
            self.list(&Row { key: "Policies", kind: Kind::Policy, id: "Arn" }, entries, false);
        }
        for (key, kind) in [("PolicyNames", Kind::RolePolicyNames), ("AttachedPolicies", Kind::AttachedPolicies)] {
            if let Some(names) = map.remove(key) {
                is_known = true;
                let answer = self.answer(kind, goes_on);
                let path = self.path().to_string_lossy().into_owned();
                self.item(answer, kind, path, Map::from_iter([(key.to_owned(), names)]), key.to_owned());
            }
        }
        for row in &ROWS {
            let Some(entries) = map.remove(row.key) else { continue };
            is_known = true;
            match row.kind {
                // An answer of one of these is one thing; which one, it does not say.
                Kind::PrefixEntries => self.whole(row, "pl-", entries, &map, goes_on),
                Kind::TransitRoutes => self.whole(row, "tgw-rtb-", entries, &map, goes_on),
                Kind::TransitPropagations if row.key == "TransitGatewayRouteTablePropagations" => {
                    self.whole(row, "tgw-rtb-", entries, &map, goes_on);
                }
                _ => self.list(row, entries, goes_on),
            }
        }
        if !is_known && !map.keys().any(|key| QUIET.contains(&key.as_str())) {
            let keys: Vec<&str> = map.keys().take(5).map(String::as_str).collect();
            self.note("", format!("holds no answer that is known here; its keys are {}", keys.join(", ")));
        }
    }

    /// An answer that is itself one thing.
    fn flat(&mut self, map: &Map<String, Value>) -> bool {
        let text = |key: &str| map.get(key).and_then(Value::as_str);
        let has = |key: &str| map.contains_key(key);
        if let (Some(Value::Object(configuration)), false) = (map.get("Configuration"), has("Functions")) {
            let Some(name) = configuration.get("FunctionName").and_then(Value::as_str) else { return false };
            let mut whole = configuration.clone();
            let more = ["Tags", "Concurrency"].into_iter();
            whole.extend(more.filter_map(|key| Some((key.to_owned(), map.get(key)?.clone()))));
            self.function(name, whole);
        } else if let (Some(name), true) = (text("FunctionName"), has("FunctionArn")) {
            self.function(name, map.clone());
        } else if let (Some(vpc), true) = (text("VpcId"), map.keys().any(|key| key.starts_with("EnableDns"))) {
            self.single(Kind::VpcAttribute, vpc, map.clone());
        } else if let (Some(role), Some(policy), true) = (text("RoleName"), text("PolicyName"), has("PolicyDocument")) {
            self.single(Kind::RolePolicy, &format!("{role}/{policy}"), map.clone());
        } else if let (Some(account), true, true) = (text("Account"), has("Arn"), has("UserId")) {
            self.single(Kind::Identity, account, map.clone());
        } else if has("ReservedConcurrentExecutions") && !has("Functions") {
            let path = self.path().to_string_lossy().into_owned();
            self.single(Kind::Concurrency, &path, map.clone());
        } else {
            return false;
        }
        true
    }

    /// A function's configuration, or that of a published version.
    fn function(&mut self, name: &str, value: Map<String, Value>) {
        let answer = self.answer(Kind::FunctionConfiguration, false);
        match value.get("Version").and_then(Value::as_str).filter(|version| *version != "$LATEST") {
            Some(version) => {
                let id = format!("{name}:{version}");
                self.item(answer, Kind::Version, id, value, String::new());
            }
            None => self.item(answer, Kind::Function, name.to_owned(), value, String::new()),
        }
    }

    fn single(&mut self, kind: Kind, id: &str, value: Map<String, Value>) {
        let answer = self.answer(kind, false);
        self.item(answer, kind, id.to_owned(), value, String::new());
    }

    /// An answer that is a list about one thing, which it does not name: then the file's name must, or a folder's.
    fn whole(&mut self, row: &Row, prefix: &str, entries: Value, rest: &Map<String, Value>, goes_on: bool) {
        let named = rest.get(row.id).and_then(Value::as_str).map(str::to_owned);
        let id = named.or_else(|| named_in_path(self.path(), prefix));
        let Some(id) = id else {
            let why = format!("does not tell which `{prefix}…` it is about: put that into the name of the file");
            return self.note(row.key, why);
        };
        let answer = self.answer(row.kind, false);
        let goes_on = goes_on || rest.get("AdditionalRoutesAvailable") == Some(&Value::Bool(true));
        let value = Map::from_iter([
            (row.key.to_owned(), entries),
            ("AdditionalRoutesAvailable".to_owned(), Value::Bool(goes_on)),
        ]);
        self.item(answer, row.kind, id, value, row.key.to_owned());
    }

    fn list(&mut self, row: &Row, entries: Value, goes_on: bool) {
        let answer = self.answer(row.kind, goes_on);
        let (entries, is_list) = match entries {
            Value::Array(entries) => (entries, true),
            one @ Value::Object(_) => (vec![one], false),
            other => {
                self.note(row.key, format!("is {} instead of a list", sort_of(&other)));
                return self.amiss(answer);
            }
        };
        if entries.is_empty() && row.kind == Kind::Alias {
            let path = self.path().to_string_lossy().into_owned();
            self.item(answer, Kind::AliasListing, path, Map::new(), row.key.to_owned());
        }
        for (i, entry) in entries.into_iter().enumerate() {
            let at = if is_list { format!("{}[{i}]", row.key) } else { row.key.to_owned() };
            match (row.kind, entry) {
                (Kind::Instance, Value::Object(reservation)) => self.instances(answer, row, reservation, &at),
                (_, Value::Object(value)) => self.entry(answer, row, value, at),
                (_, other) => {
                    self.note(&at, format!("is {} instead of an object", sort_of(&other)));
                    self.amiss(answer);
                }
            }
        }
    }

    /// The machines of a reservation, which alone tells whose they are.
    fn instances(&mut self, answer: usize, row: &Row, mut reservation: Map<String, Value>, at: &str) {
        let owner = reservation.get("OwnerId").cloned();
        let instances = match reservation.remove("Instances") {
            Some(Value::Array(instances)) => instances,
            None | Some(Value::Null) => Vec::new(),
            Some(other) => {
                self.note(at, format!("`Instances` is {} instead of a list", sort_of(&other)));
                return self.amiss(answer);
            }
        };
        for (i, instance) in instances.into_iter().enumerate() {
            let at = format!("{at}.Instances[{i}]");
            let Value::Object(mut value) = instance else {
                self.note(&at, format!("is {} instead of an object", sort_of(&instance)));
                self.amiss(answer);
                continue;
            };
            if let Some(owner) = &owner {
                value.entry("OwnerId").or_insert_with(|| owner.clone());
            }
            self.entry(answer, row, value, at);
        }
    }

    fn entry(&mut self, answer: usize, row: &Row, value: Map<String, Value>, at: String) {
        let text = |key: &str| value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let Some(id) = text(row.id).map(str::to_owned) else {
            // An address of EC2-Classic has no allocation, and is no more.
            if row.kind == Kind::Address && text("PublicIp").is_some() && !value.contains_key(row.id) {
                return;
            }
            self.note(&at, format!("it has no {}", row.id));
            return self.amiss(answer);
        };
        let (kind, id) = match row.kind {
            Kind::TransitVpcAttachment => (Kind::TransitAttachment, id),
            Kind::RoleDetail => (Kind::Role, id),
            Kind::Function => match text("Version").filter(|version| *version != "$LATEST") {
                None => (Kind::Function, id),
                Some(version) => {
                    let of_version = format!("{id}:{version}");
                    // Only a listing of all versions has one that is published.
                    self.item(answer, Kind::AllVersions, id, value.clone(), at.clone());
                    (Kind::Version, of_version)
                }
            },
            Kind::Version => match text("Version") {
                Some(version) => (Kind::Version, format!("{id}:{version}")),
                None => {
                    self.note(&at, "it has no Version");
                    return self.amiss(answer);
                }
            },
            Kind::Alias => {
                let Some(id) = arn(&id).and_then(|arn| arn.resource.strip_prefix("function:")).map(str::to_owned)
                else {
                    self.note(&at, format!("`{id}` is no alias"));
                    return self.amiss(answer);
                };
                let function = id.split(':').next().unwrap_or_default().to_owned();
                self.item(answer, Kind::AliasListing, function, value.clone(), at.clone());
                (Kind::Alias, id)
            }
            kind => (kind, id),
        };
        self.item(answer, kind, id, value, at);
    }

    fn item(&mut self, answer: usize, kind: Kind, id: String, value: Map<String, Value>, at: String) {
        if let Some(answer) = self.gathered.answers.get_mut(answer) {
            answer.has_entries = true;
        }
        self.gathered.items.push(Item { kind, id, value, answer, file: self.file, at });
    }

    fn answer(&mut self, kind: Kind, goes_on: bool) -> usize {
        let answer = Answer { kind, file: self.file, has_entries: false, is_amiss: false, goes_on };
        self.gathered.answers.push(answer);
        self.gathered.answers.len() - 1
    }

    fn amiss(&mut self, answer: usize) {
        if let Some(answer) = self.gathered.answers.get_mut(answer) {
            answer.is_amiss = true;
        }
    }

    fn path(&self) -> &Path {
        self.gathered.paths.get(self.file).map_or(Path::new(""), PathBuf::as_path)
    }

    fn note(&mut self, at: &str, why: impl Into<String>) {
        let note = Note::new(self.path(), at, why);
        self.gathered.notes.push(note);
    }
}

/// The answer inside a record of placebo's, or the status of a call that failed.
fn unwrapped(mut map: Map<String, Value>) -> Result<Map<String, Value>, i64> {
    let status = map.get("status_code").and_then(Value::as_i64);
    match (status, map.remove("data")) {
        (Some(status), Some(Value::Object(_))) if !(200..300).contains(&status) => Err(status),
        (Some(_), Some(Value::Object(data))) => Ok(data),
        (_, Some(data)) => {
            map.insert("data".to_owned(), data);
            Ok(map)
        }
        (_, None) => Ok(map),
    }
}

/// Whether an answer says that another page follows.
fn goes_on(map: &Map<String, Value>) -> bool {
    let has_token = |key: &&str| map.get(*key).and_then(Value::as_str).is_some_and(|token| !token.is_empty());
    ["NextToken", "NextMarker"].iter().any(has_token) || map.get("IsTruncated") == Some(&json!(true))
}

/// The word that begins so in the name of a file, else in that of the nearest folder.
fn named_in_path(path: &Path, prefix: &str) -> Option<String> {
    path.ancestors().find_map(|part| {
        let name = part.file_name()?.to_string_lossy();
        word_with(&name, prefix).map(str::to_owned)
    })
}

fn sort_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a yes or no",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
