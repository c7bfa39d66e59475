//! The Query protocol's forms: `Filter.1.Value.2=x`, read into data types.
//!
//! A form is a tree whose leaves are texts. Lists are numbered from 1 (EC2), or stand under `member` first (IAM, STS). Types
//! derive `Deserialize` with `deny_unknown_fields`, so that a parameter that the emulator does not know is refused as AWS
//! refuses one that it does not know; a list gets `#[serde(default)]`.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{
        self, IntoDeserializer, Visitor,
        value::{MapDeserializer, SeqDeserializer},
    },
};

use crate::cloud::{ApiError, Code};

/// The parameters of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Params(Node);

/// The most parts of a parameter's name: AWS's deepest have nine.
const DEEPEST: usize = 16;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Leaf(String),
    Branch(BTreeMap<String, Node>),
}

impl Params {
    /// Reads a form. The later of two equal names counts.
    pub(crate) fn parse(form: &[u8]) -> Result<Self, ApiError> {
        let mut root = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(form) {
            if let Some(bad) = name.chars().chain(value.chars()).find(|c| !fits_xml(*c)) {
                let message = format!("The character {} is invalid", bad.escape_unicode());
                return Err(ApiError::new(Code::InvalidCharacter, message));
            }
            let parts: Vec<&str> = name.split('.').collect();
            if parts.len() > DEEPEST || !insert(&mut root, &parts, &value) {
                return Err(malformed(&name));
            }
        }
        Ok(Self(Node::Branch(root)))
    }

    /// Takes one parameter of the first level out.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        let Node::Branch(branch) = &mut self.0 else { return None };
        match branch.remove(name)? {
            Node::Leaf(text) => Some(text),
            Node::Branch(_) => None,
        }
    }

    /// Whether nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(&self.0, Node::Branch(branch) if branch.is_empty())
    }

    /// Reads them as a type.
    pub(crate) fn try_read<'de, T: Deserialize<'de>>(self) -> Result<T, BadForm> {
        T::deserialize(self.0)
    }
}

/// What XML 1.0 allows (its production 2), in which everything is answered: AWS refuses the rest with `InvalidCharacter` (EC2
/// error code page; the sentence is our own).
const fn fits_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn insert(branch: &mut BTreeMap<String, Node>, parts: &[&str], value: &str) -> bool {
    match parts {
        [] | ["", ..] => false,
        [last] => !matches!(branch.insert((*last).to_owned(), Node::Leaf(value.to_owned())), Some(Node::Branch(_))),
        [first, rest @ ..] => {
            match branch.entry((*first).to_owned()).or_insert_with(|| Node::Branch(BTreeMap::new())) {
                Node::Branch(inner) => insert(inner, rest, value),
                Node::Leaf(_) => false,
            }
        }
    }
}

fn malformed(name: &str) -> ApiError {
    ApiError::new(Code::MalformedQueryString, format!("The parameter {name} cannot be read"))
}

/// Why a form is not of a type.
#[derive(Debug)]
pub(crate) enum BadForm {
    Missing(&'static str),
    Unknown(String),
    Value(String),
}

impl fmt::Display for BadForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "missing {name}"),
            Self::Unknown(name) => write!(f, "unknown {name}"),
            Self::Value(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for BadForm {}

impl de::Error for BadForm {
    fn custom<T: fmt::Display>(why: T) -> Self {
        Self::Value(why.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }

    fn unknown_field(field: &str, _expected: &'static [&'static str]) -> Self {
        Self::Unknown(field.to_owned())
    }
}

/// EC2's sentences (EC2 error code page); IAM and STS have others for what is missing, and take the same codes.
impl From<BadForm> for ApiError {
    fn from(bad: BadForm) -> Self {
        match bad {
            BadForm::Missing(name) => {
                let message = format!("The request must contain the parameter {}", lower_first(name));
                Self::new(Code::MissingParameter, message)
            }
            BadForm::Unknown(name) => {
                Self::new(Code::UnknownParameter, format!("The parameter {name} is not recognized"))
            }
            BadForm::Value(why) => Self::new(Code::InvalidParameterValue, format!("Invalid value: {why}")),
        }
    }
}

pub(super) fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

impl Node {
    fn leaf(self, wanted: &str) -> Result<String, BadForm> {
        match self {
            Self::Leaf(text) => Ok(text),
            Self::Branch(_) => Err(BadForm::Value(format!("{wanted} is expected, and not a structure"))),
        }
    }

    /// The items of a list in their order. An empty text is an empty list: so clients send one.
    fn items(self) -> Result<Vec<Self>, BadForm> {
        let mut branch = match self {
            Self::Leaf(text) if text.is_empty() => return Ok(Vec::new()),
            Self::Leaf(_) => return Err(BadForm::Value("a list is expected".to_owned())),
            Self::Branch(branch) => branch,
        };
        if branch.len() == 1
            && let Some(member) = branch.remove("member")
        {
            return member.items();
        }
        let mut items = Vec::new();
        for (name, item) in branch {
            let place: u32 = name.parse().map_err(|_| BadForm::Value(format!("`{name}` is no place in a list")))?;
            items.push((place, item));
        }
        items.sort_by_key(|(place, _)| *place);
        Ok(items.into_iter().map(|(_, item)| item).collect())
    }
}

impl<'de> IntoDeserializer<'de, BadForm> for Node {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! parsed {
    ($($method:ident $visit:ident $type:ty),+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, BadForm> {
            let text = self.leaf("a number")?;
            let parsed: $type = text.parse().map_err(|_| BadForm::Value(format!("`{text}` is no number that fits")))?;
            visitor.$visit(parsed)
        })+
    };
}

impl<'de> Deserializer<'de> for Node {
    type Error = BadForm;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, BadForm> {
        match self {
            Self::Leaf(text) => visitor.visit_string(text),
            Self::Branch(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, BadForm> {
        let text = self.leaf("true or false")?;
        match text.to_ascii_lowercase().as_str() {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(BadForm::Value(format!("`{text}` is neither true nor false"))),
        }
    }

    parsed! {
        deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16, deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64, deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32, deserialize_u64 visit_u64 u64, deserialize_f32 visit_f32 f32,
        deserialize_f64 visit_f64 f64
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, BadForm> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, BadForm> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, BadForm> {
        visitor.visit_seq(SeqDeserializer::new(self.items()?.into_iter()))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, BadForm> {
        match self {
            Self::Branch(branch) => visitor.visit_map(MapDeserializer::new(branch.into_iter())),
            Self::Leaf(text) if text.is_empty() => {
                visitor.visit_map(MapDeserializer::new(BTreeMap::<String, Self>::new().into_iter()))
            }
            Self::Leaf(_) => Err(BadForm::Value("a structure is expected".to_owned())),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, BadForm> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, BadForm> {
        visitor.visit_enum(self.leaf("one of several words")?.into_deserializer())
    }

    serde::forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    struct Filter {
        name: String,
        #[serde(default)]
        value: Vec<String>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    struct Args {
        vpc_id: String,
        max_results: Option<u32>,
        force: Option<bool>,
        #[serde(default)]
        filter: Vec<Filter>,
    }

    fn read(form: &str) -> Result<Args, (&'static str, String)> {
        let read = Params::parse(form.as_bytes()).and_then(|params| params.try_read().map_err(ApiError::from));
        read.map_err(|error: ApiError| (error.code.as_str(), error.message))
    }

    #[test]
    fn a_form_is_read_into_a_type() {
        let filter = |name: &str, value: &[&str]| Filter {
            name: name.to_owned(),
            value: value.iter().map(|v| (*v).to_owned()).collect(),
        };
        let form = "VpcId=vpc-1&MaxResults=5&Force=true&Filter.10.Name=c&Filter.2.Name=b%2Fx&Filter.2.Value.1=1&Filter.2.Value.2=2";
        let expected = Args {
            vpc_id: "vpc-1".into(),
            max_results: Some(5),
            force: Some(true),
            filter: vec![filter("b/x", &["1", "2"]), filter("c", &[])],
        };
        assert_eq!(read(form), Ok(expected));
        let members = read("VpcId=v&Filter.member.1.Name=a&Filter.member.1.Value.member.1=x");
        assert_eq!(members.map(|args| args.filter), Ok(vec![filter("a", &["x"])]));
        assert_eq!(read("VpcId=v&Filter=").map(|args| args.filter), Ok(Vec::new()));
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let cases = [
            ("", "MissingParameter", "The request must contain the parameter vpcId"),
            ("VpcId=v&Foo=1", "UnknownParameter", "The parameter Foo is not recognized"),
            ("VpcId=v&MaxResults=many", "InvalidParameterValue", "Invalid value: `many` is no number that fits"),
            ("VpcId=v&Filter.x.Name=a", "InvalidParameterValue", "Invalid value: `x` is no place in a list"),
            ("VpcId=v&VpcId.1=w", "MalformedQueryString", "The parameter VpcId.1 cannot be read"),
            ("VpcId.1=w&VpcId=v", "MalformedQueryString", "The parameter VpcId cannot be read"),
            ("VpcId..1=w", "MalformedQueryString", "The parameter VpcId..1 cannot be read"),
            ("VpcId=a%00", "InvalidCharacter", "The character \\u{0} is invalid"),
        ];
        for (form, code, message) in cases {
            assert_eq!(read(form), Err((code, message.to_owned())), "{form}");
        }
    }

    proptest! {
        #[test]
        fn no_form_is_too_absurd_to_be_answered(form in "([A-Za-z0-9.=&%]|VpcId|Filter|member|\\.1){0,60}") {
            let _ = read(&form);
        }
    }
}
