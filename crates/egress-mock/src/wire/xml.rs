//! XML of the Query protocol: envelopes, and data types as XML.

use std::io::Write;

use quick_xml::{Writer, events::BytesText, se};
use serde::Serialize;

use crate::cloud::{ApiError, Code};

/// A list of EC2's: each item in an element `item`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Items<T> {
    pub(crate) item: Vec<T>,
}

impl<T> Default for Items<T> {
    fn default() -> Self {
        Self { item: Vec::new() }
    }
}

impl<T> FromIterator<T> for Items<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self { item: items.into_iter().collect() }
    }
}

/// A list of IAM's: each item in an element `member`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Members<T> {
    pub(crate) member: Vec<T>,
}

impl<T> FromIterator<T> for Members<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self { member: items.into_iter().collect() }
    }
}

/// The fields of a value as XML, without an element around them.
pub(crate) fn fields(value: &impl Serialize) -> Result<String, ApiError> {
    const ROOT: &str = "r";
    let xml = se::to_string_with_root(ROOT, value).map_err(|e| broken(&e))?;
    let inner = xml.strip_prefix("<r>").and_then(|rest| rest.strip_suffix("</r>"));
    Ok(inner.unwrap_or_default().to_owned())
}

/// An answer of EC2.
pub(crate) fn ec2_answer(action: &str, request_id: &str, fields: &str) -> Vec<u8> {
    element(&format!("{action}Response"), Some(EC2_NAMESPACE), |out| {
        text(out, "requestId", request_id)?;
        out.get_mut().write_all(fields.as_bytes())
    })
}

/// An error of EC2.
pub(crate) fn ec2_error(request_id: &str, code: &str, message: &str) -> Vec<u8> {
    element("Response", None, |out| {
        inside(out, "Errors", |out| inside(out, "Error", |out| code_and_message(out, code, message)))?;
        text(out, "RequestID", request_id)
    })
}

/// An answer of IAM or STS.
pub(crate) fn query_answer(action: &str, namespace: &str, request_id: &str, fields: &str) -> Vec<u8> {
    element(&format!("{action}Response"), Some(namespace), |out| {
        // Some actions answer with nothing, and then there is no result at all.
        if !fields.is_empty() {
            inside(out, &format!("{action}Result"), |out| out.get_mut().write_all(fields.as_bytes()))?;
        }
        inside(out, "ResponseMetadata", |out| text(out, "RequestId", request_id))
    })
}

/// An error of IAM or STS.
pub(crate) fn query_error(namespace: &str, request_id: &str, status: u16, code: &str, message: &str) -> Vec<u8> {
    element("ErrorResponse", Some(namespace), |out| {
        inside(out, "Error", |out| {
            text(out, "Type", if status < 500 { "Sender" } else { "Receiver" })?;
            code_and_message(out, code, message)
        })?;
        text(out, "RequestId", request_id)
    })
}

/// EC2's namespace.
const EC2_NAMESPACE: &str = "http://ec2.amazonaws.com/doc/2016-11-15/";

type Out = Writer<Vec<u8>>;

fn element(name: &str, namespace: Option<&str>, content: impl FnOnce(&mut Out) -> std::io::Result<()>) -> Vec<u8> {
    let mut out = Writer::new(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_vec());
    let element = out.create_element(name);
    let element = match namespace {
        Some(namespace) => element.with_attribute(("xmlns", namespace)),
        None => element,
    };
    // Writing into memory does not fail.
    let _ = element.write_inner_content(content);
    out.into_inner()
}

fn inside(out: &mut Out, name: &str, content: impl FnOnce(&mut Out) -> std::io::Result<()>) -> std::io::Result<()> {
    out.create_element(name).write_inner_content(content).map(drop)
}

fn text(out: &mut Out, name: &str, value: &str) -> std::io::Result<()> {
    out.create_element(name).write_text_content(BytesText::new(value)).map(drop)
}

fn code_and_message(out: &mut Out, code: &str, message: &str) -> std::io::Result<()> {
    text(out, "Code", code)?;
    text(out, "Message", message)
}

fn broken(error: &impl std::fmt::Display) -> ApiError {
    ApiError::new(Code::InternalError, format!("An internal error has occurred: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        vpc_id: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        owner_id: Option<String>,
        is_default: bool,
        tag_set: Items<Tag>,
    }

    #[derive(Serialize)]
    struct Tag {
        key: String,
        value: String,
    }

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn an_answer_of_ec2_has_its_envelope() {
        let tag = |key: &str, value: &str| Tag { key: key.to_owned(), value: value.to_owned() };
        let answer = |tags: Vec<Tag>| Answer {
            vpc_id: "vpc-1".to_owned(),
            owner_id: None,
            is_default: false,
            tag_set: tags.into_iter().collect(),
        };
        let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CreateVpcResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r-1</requestId>";
        let xml = text(ec2_answer("CreateVpc", "r-1", &fields(&answer(vec![tag("a", "<&>"), tag("b", "")])).unwrap()));
        let body = "<vpcId>vpc-1</vpcId><isDefault>false</isDefault><tagSet><item><key>a</key><value>&lt;&amp;&gt;</value></item><item><key>b</key><value/></item></tagSet></CreateVpcResponse>";
        assert_eq!(xml, format!("{head}{body}"));
        let xml = text(ec2_answer("CreateVpc", "r-1", &fields(&answer(Vec::new())).unwrap()));
        assert_eq!(xml, format!("{head}<vpcId>vpc-1</vpcId><isDefault>false</isDefault><tagSet/></CreateVpcResponse>"));
    }

    #[test]
    fn errors_and_results_have_their_envelopes() {
        let ec2 = text(ec2_error("r-1", "InvalidVpcID.NotFound", "The vpc ID 'a<b' does not exist"));
        assert!(ec2.ends_with(
            "<Response><Errors><Error><Code>InvalidVpcID.NotFound</Code><Message>The vpc ID &apos;a&lt;b&apos; does not exist</Message></Error></Errors><RequestID>r-1</RequestID></Response>"
        ), "{ec2}");
        let iam = text(query_error("ns", "r-1", 404, "NoSuchEntity", "no"));
        assert!(iam.ends_with(
            "<ErrorResponse xmlns=\"ns\"><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>no</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"
        ), "{iam}");
        let empty = text(query_answer("TagRole", "ns", "r-1", ""));
        assert!(empty.ends_with(
            "<TagRoleResponse xmlns=\"ns\"><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></TagRoleResponse>"
        ), "{empty}");
    }
}
