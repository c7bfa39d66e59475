//! `egress init`: writes a first egress.toml.

use egress_core::{
    BadStackName, StackName,
    spec::{json_schema, template},
};
use serde::Serialize;

use crate::{
    args::{Format, InitArgs},
    error::CliError,
    exit::Exit,
    output::Out,
    render::View,
    session::{Overwrite, SpecFile},
};

/// What `egress init --output json` prints.
#[derive(Serialize)]
struct Written {
    file: String,
    stack: StackName,
}

impl View for Written {
    fn human(&self) -> String {
        String::new()
    }
}

pub(super) fn run(args: &InitArgs, region: Option<&str>, file: &SpecFile, out: Out) -> Result<(), CliError> {
    if args.schema {
        // For editors: the same in either format.
        return out.raw(&format!("{:#}\n", json_schema()));
    }
    let stack = match &args.stack {
        Some(stack) => stack.clone(),
        None => of_folder()?,
    };
    let functions: Vec<&str> = args.functions.iter().map(String::as_str).collect();
    let text = template(&stack, region, &functions);
    file.write(&text, if args.force { Overwrite::Yes } else { Overwrite::No })?;
    let name = file.name().display().to_string();
    if out.format == Format::Human {
        out.talk(&format!("wrote {name} for stack {stack}; `egress plan` shows what it would make\n"));
    }
    out.show(&Written { file: name, stack })
}

/// A stack named after the current folder, so that two projects do not claim the same one.
pub(super) fn of_folder() -> Result<StackName, CliError> {
    let folder = std::env::current_dir().ok();
    let name = folder.as_ref().and_then(|folder| folder.file_name()).unwrap_or_default().to_string_lossy();
    named_after(&name).map_err(|error| {
        CliError::new(Exit::Usage, "the folder's name is not fit to be the stack's")
            .caused_by(&error)
            .hint("`--stack NAME` gives it another")
    })
}

/// The folder's name as far as it can name a stack.
fn named_after(folder: &str) -> Result<StackName, BadStackName> {
    let lower = folder.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit()).filter(|word| !word.is_empty());
    let joined = words.collect::<Vec<_>>().join("-");
    let letters = joined.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    let short: String = letters.chars().take(StackName::MAX_LEN).collect();
    StackName::new(short.trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_is_named_after_its_folder_as_far_as_that_can_be() {
        let of = |folder: &str| named_after(folder).map(|name| name.to_string());
        assert_eq!(of("My Shop_2").as_deref(), Ok("my-shop-2"));
        assert_eq!(of("42-shop--").as_deref(), Ok("shop"));
        assert_eq!(of("店"), Err(BadStackName { name: String::new() }));
        assert_eq!(of(&"a-".repeat(40)).as_deref(), Ok("a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a"));
    }
}
