//! Bytes into JSON documents.

use std::borrow::Cow;

use serde_json::Value;

/// What a file says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Decoded {
    /// Its documents, one after another.
    pub(super) documents: Vec<Value>,
    /// Where it cannot be read on: why, and the text from there.
    pub(super) broken: Option<(String, String)>,
}

/// Reads a file's documents; `None` for one that is not JSON at all.
pub(super) fn decode(bytes: &[u8]) -> Option<Decoded> {
    if !looks_like_json(bytes) {
        return None;
    }
    let text = text(bytes);
    let mut decoded = Decoded::default();
    let mut stream = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
    loop {
        let offset = stream.byte_offset();
        match stream.next() {
            Some(Ok(document)) => decoded.documents.push(document),
            Some(Err(why)) => {
                let rest = text.get(offset..).unwrap_or(&text).to_owned();
                decoded.broken = Some((why.to_string(), rest));
                return Some(decoded);
            }
            None => return Some(decoded),
        }
    }
}

/// How much of a file tells whether it can be JSON.
pub(super) const HEAD: usize = 256;

/// Whether a file begins as an object or a list does.
pub(super) fn looks_like_json(bytes: &[u8]) -> bool {
    let head = text(bytes.get(..HEAD).unwrap_or(bytes));
    matches!(head.trim_start().bytes().next(), Some(b'{' | b'['))
}

/// Text in UTF-8, or in UTF-16 with a mark that says so. What is no text gets replacement characters, and stays no JSON or
/// becomes a strange name.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).filter_map(|pair| Some(unit(pair.try_into().ok()?))).collect();
        Cow::Owned(String::from_utf16_lossy(&units))
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn documents(bytes: &[u8]) -> Vec<Value> {
        let decoded = decode(bytes).unwrap();
        assert_eq!(decoded.broken, None);
        decoded.documents
    }

    #[test]
    fn every_encoding_that_a_shell_writes_is_read() {
        let text = r#"{"Vpcs": ["ü"]}"#;
        let marked = |mark: &[u8], units: Vec<u8>| [mark, &units].concat();
        let le = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            marked(&[0xef, 0xbb, 0xbf], text.into()),
            marked(&[0xff, 0xfe], le),
            marked(&[0xfe, 0xff], be),
        ] {
            assert_eq!(documents(&bytes), [json!({"Vpcs": ["ü"]})]);
        }
    }

    #[test]
    fn documents_may_follow_one_another() {
        assert_eq!(documents(b"{\"a\":1}\n{\"b\":2}\r\n\n[3]"), [json!({"a": 1}), json!({"b": 2}), json!([3])]);
    }

    #[test]
    fn what_comes_before_a_break_counts_and_the_rest_is_kept() {
        let decoded = decode(b"{\"a\":1} {\"Subnets\": [{").unwrap();
        assert_eq!(decoded.documents, [json!({"a": 1})]);
        let (why, rest) = decoded.broken.unwrap();
        assert!(why.contains("EOF") && rest.contains("\"Subnets\""), "{why} {rest}");
    }

    #[test]
    fn deep_nesting_and_numbers_beyond_all_bounds_are_breaks_and_other_files_are_none_of_ours() {
        for text in ["[".repeat(100_000), "{\"a\":".repeat(100_000), "{\"a\": 1e999}".to_owned()] {
            assert!(decode(text.as_bytes()).unwrap().broken.is_some());
        }
        for bytes in [&b""[..], b"hello", &[0xff, 0xfe], &[0, 159, 146, 150], b"\xff\xfe\x7b"] {
            assert_eq!(decode(bytes), None);
        }
    }
}
