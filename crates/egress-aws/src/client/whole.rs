//! Answers that were cut short.

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::AfterDeserializationInterceptorContextRef, dyn_dispatch_hint},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;

/// Refuses an XML answer that does not end where it should. The SDK reads what is there, so a cut could shorten the id of
/// what was made, or a list, and nobody would know.
#[derive(Debug)]
pub(crate) struct WholeAnswers;

#[dyn_dispatch_hint]
impl Intercept for WholeAnswers {
    fn name(&self) -> &'static str {
        "WholeAnswers"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        // What a refusal says is judged by its status too, and servers in between write errors as they like.
        if !response.status().is_success() {
            return Ok(());
        }
        match response.body().bytes().map(std::str::from_utf8) {
            Some(Ok(text)) if !is_whole(text) => Err("it was cut short".into()),
            _ => Ok(()),
        }
    }
}

/// Whether a text is no XML, or ends with the end of its root element.
fn is_whole(text: &str) -> bool {
    let mut rest = text.trim();
    if !rest.starts_with('<') {
        return true;
    }
    while let Some(after) = rest.strip_prefix("<?").or_else(|| rest.strip_prefix("<!")) {
        rest = after.split_once('>').map_or("", |(_, rest)| rest.trim_start());
    }
    let Some(root) = rest.strip_prefix('<') else { return false };
    let name = root.split(|c: char| c.is_whitespace() || c == '>' || c == '/').next().unwrap_or_default();
    let ends = rest.strip_suffix('>').and_then(|rest| rest.trim_end().strip_suffix(name));
    ends.is_some_and(|rest| rest.ends_with("</")) || (rest.ends_with("/>") && rest.matches('<').count() == 1)
}

#[cfg(test)]
mod tests {
    use super::is_whole;

    #[test]
    fn only_an_answer_that_ends_with_its_root_is_whole() {
        let whole =
            "<?xml version=\"1.0\"?>\n<CreateVpcResponse xmlns=\"x\"><vpcId>vpc-1</vpcId></CreateVpcResponse>\n";
        for text in [whole, "<A/>", "<A b=\"c\" />", "<A></A >", "{\"a\":1}", "", "plain"] {
            assert!(is_whole(text), "{text}");
        }
        for end in 1..whole.trim_end().len() {
            assert!(!is_whole(&whole[..end]), "{}", &whole[..end]);
        }
        assert!(!is_whole("<A><B/>"));
    }
}
