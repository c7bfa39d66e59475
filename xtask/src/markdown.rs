//! The fenced blocks of a Markdown file, and the commands in them.

/// A fenced block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// The line number, from 1, of its opening fence.
    pub(crate) line: usize,
    /// The words after its opening fence, which commas or spaces part: the language, then marks.
    pub(crate) info: Vec<String>,
    /// What stands between its fences.
    pub(crate) lines: Vec<String>,
}

impl Block {
    pub(crate) fn is(&self, language: &str) -> bool {
        self.info.first().is_some_and(|first| first == language)
    }

    pub(crate) fn has_mark(&self, mark: &str) -> bool {
        self.info.iter().skip(1).any(|word| word == mark)
    }

    /// The commands that it tells the reader to type, each with its line number: in a `console` block what follows `$ `,
    /// in a `sh` or `bash` block every line that is neither empty nor a comment.
    pub(crate) fn commands(&self) -> Vec<(usize, &str)> {
        let numbered = self.lines.iter().enumerate().map(|(i, line)| (self.line + 1 + i, line.as_str()));
        if self.is("console") {
            return numbered.filter_map(|(number, line)| Some((number, line.strip_prefix("$ ")?))).collect();
        }
        if self.is("sh") || self.is("bash") {
            return numbered.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#')).collect();
        }
        Vec::new()
    }
}

/// All fenced blocks of a text, in order. A block that is never closed reaches to the end.
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (i, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                let info = info.split([',', ' ']).filter(|word| !word.is_empty()).map(Into::into).collect();
                open = Some(Block { line: i + 1, info, lines: Vec::new() });
            }
            (None, None) => {}
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => block.lines.push(line.into()),
        }
    }
    blocks.extend(open);
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(text: &str) -> Vec<(usize, String)> {
        blocks(text).iter().flat_map(Block::commands).map(|(line, command)| (line, command.into())).collect()
    }

    #[test]
    fn commands_stand_in_console_and_shell_blocks_alone() {
        let text = "\
intro: `$ no`
```console
$ egress init
made egress.toml
$ egress plan
```
$ no
```sh
# first
git clone x

cargo demo
```
```toml
$ no
```
```
$ no
```
";
        let expected = [(3, "egress init"), (5, "egress plan"), (10, "git clone x"), (12, "cargo demo")];
        assert_eq!(commands(text), expected.map(|(line, command)| (line, command.to_owned())));
    }

    #[test]
    fn marks_follow_the_language() {
        let block = &blocks("```console, norun fresh\n$ x\n")[0];
        assert_eq!(
            *block,
            Block { line: 1, info: vec!["console".into(), "norun".into(), "fresh".into()], lines: vec!["$ x".into()] }
        );
        assert!(block.is("console") && block.has_mark("norun") && block.has_mark("fresh"));
        assert!(!block.has_mark("console") && !block.is("norun"));
    }
}
