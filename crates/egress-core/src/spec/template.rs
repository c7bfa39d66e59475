//! The file that a new user starts from.

use std::fmt::Write as _;

use serde_json::Value;

use super::preset::PRESETS;
use crate::StackName;

/// A commented `egress.toml` with the first preset: it parses to the reference topology with these functions. Lines that
/// begin with `#` and no space are examples that hold when uncommented.
pub fn template(stack: &StackName, region: Option<&str>, functions: &[&str]) -> String {
    let [preset, ..] = PRESETS;
    let mut text = format!(
        "# What egress builds and keeps: functions that leave from a fixed IP.\n\
         # `egress plan` shows what it would do, `egress apply` does it.\n\
         \n\
         # Stands in the tags of everything that is made.\n\
         stack = {}\n",
        quote(stack.as_str())
    );
    text.push_str("\n# Refuse every other account.\n#account = \"123456789012\"\n");
    text.push_str("\n# The environment's region where left out.\n");
    match region {
        Some(region) => writeln_to(&mut text, &format!("region = {}", quote(region))),
        None => text.push_str("#region = \"eu-west-1\"\n"),
    }
    writeln_to(&mut text, &format!("\n# {}.\npreset = {}", sentence(preset.summary), quote(preset.name)));
    text.push_str(
        "\n# The TCP ports on which the functions must reach the internet; 443 always.\n#ports = [443, 8443]\n",
    );
    text.push_str("\n# A host that answers with the IP it sees.\n#echo_url = \"https://checkip.amazonaws.com/\"\n");
    text.push_str("\n# Tags for everything that is made.\n#[tags]\n#team = \"payments\"\n");
    text.push_str(
        "\n# The functions, by name. How their roles get the permission to make network interfaces:\n\
         # \"managed\" attaches the cloud's ready-made policy, \"inline\" writes one into the role, \"none\" leaves it to you.\n",
    );
    if functions.is_empty() {
        text.push_str("#[[function]]\n#name = \"my-function\"\n#permission = \"managed\"\n");
    }
    for name in functions {
        writeln_to(&mut text, &format!("[[function]]\nname = {}\n#permission = \"managed\"", quote(name)));
    }
    text.push_str(
        "\n# What the preset gives. Uncomment what you want otherwise; a list replaces the preset's whole list.\n\
         # Subnets can have a `zone`, as in `zone = 2` or a zone's name; NAT gateways an `address` that you hold already.\n",
    );
    for line in preset.text.lines() {
        writeln_to(&mut text, &if line.is_empty() { String::new() } else { format!("#{line}") });
    }
    text
}

fn writeln_to(text: &mut String, line: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{line}");
}

fn sentence(fragment: &str) -> String {
    let mut letters = fragment.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A TOML string. JSON's is one too, but for one control character that TOML wants escaped.
pub(crate) fn quote(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}
