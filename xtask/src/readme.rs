//! `cargo xtask readme`: what stands in the READMEs is what the commands print.
//!
//! The lines of a `console` block that begin with `$ ` are commands, and the lines after each are its output: stdout and
//! stderr as they come, and a last line `[exit N]` where it exits with another code than 0. The commands are run once, in
//! their order, in one empty folder, as a reader would type them; what they print is compared with the READMEs of both
//! languages, or written into them. Durations are not compared, nor is the width of gaps: the first differ from machine to
//! machine, the second follow from them. Marks after the language change that for one block:
//!
//! - `console,norun`: its commands are shown, not run;
//! - `console,fresh`: it begins in a new empty folder.
//!
//! A command that begins with `cargo ` is run in the root of the workspace.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::{
    e2e,
    markdown::{self, Block},
    run::{Result, built, print, root},
};

/// The README in each language, the leading one first.
pub(crate) const READMES: [&str; 2] = ["README.md", "README.zh-CN.md"];

/// What to do with what the commands print.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Writes the output into the READMEs instead of comparing it.
    #[arg(long)]
    update: bool,
}

/// Runs the commands, then compares or writes.
pub(crate) fn run(args: &Args) -> Result {
    let mut texts = Vec::new();
    for name in READMES {
        texts.push(fs::read_to_string(root().join(name)).map_err(|e| format!("{name} cannot be read: {e}"))?);
    }
    let sessions: Vec<_> = texts.iter().map(|text| session(text)).collect();
    if sessions.iter().any(|session| *session != sessions[0]) {
        return Err(format!(
            "{} have not the same console blocks; `cargo xtask tidy` says where",
            READMES.join(" and ")
        ));
    }

    let outputs = play(&sessions[0])?;
    let mut wrong = 0;
    for (name, text) in READMES.iter().zip(&texts) {
        let played = rewrite(text, &outputs);
        if timeless(&played) == timeless(text) {
            continue;
        }
        wrong += 1;
        match args.update {
            true => fs::write(root().join(name), played).map_err(|e| format!("{name} cannot be written: {e}"))?,
            false => print(&difference(name, text, &played)),
        }
    }
    if args.update || wrong == 0 {
        eprintln!("{} commands run, {wrong} of {} READMEs changed", outputs.len(), READMES.len());
        return Ok(());
    }
    Err(format!(
        "{wrong} of {} READMEs show something else\nhint: run `cargo xtask readme --update` and read the difference",
        READMES.len()
    ))
}

/// A command, and how its block is to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Typed {
    command: String,
    /// Whether it is the first of a block that begins in a new folder.
    fresh: bool,
}

/// The commands that a README tells the reader to type and that are run.
fn session(text: &str) -> Vec<Typed> {
    let mut session = Vec::new();
    for block in markdown::blocks(text).iter().filter(|block| is_played(block)) {
        let commands = block.commands().into_iter().enumerate();
        session.extend(
            commands
                .map(|(i, (_, command))| Typed { command: command.into(), fresh: i == 0 && block.has_mark("fresh") }),
        );
    }
    session
}

fn is_played(block: &Block) -> bool {
    block.is("console") && !block.has_mark("norun")
}

/// Runs the commands and gives back the lines that each one prints.
fn play(session: &[Typed]) -> Result<Vec<Vec<String>>> {
    e2e::build()?;
    // A copy: `cargo demo`, which is among the commands, builds another one in its place.
    let kept = new_folder()?;
    let copied = fs::copy(built("egress")?, kept.path().join(PROGRAM));
    copied.map_err(|e| format!("`{PROGRAM}` cannot be copied: {e}"))?;
    let programs = kept.path().to_string_lossy().into_owned();
    let mut folder = new_folder()?;
    let mut outputs = Vec::new();
    for typed in session {
        if typed.fresh {
            folder = new_folder()?;
        }
        eprintln!("$ {}", typed.command);
        outputs.push(play_one(&typed.command, folder.path(), &programs)?);
    }
    Ok(outputs)
}

/// The binary that the READMEs are about, as a file.
const PROGRAM: &str = if cfg!(windows) { "egress.exe" } else { "egress" };

/// What a reader is told to set before the journey on the emulator.
const EMULATOR: [(&str, &str); 4] = [
    ("AWS_ENDPOINT_URL", "http://127.0.0.1:45660"),
    ("AWS_REGION", "ap-northeast-1"),
    ("AWS_ACCESS_KEY_ID", "any"),
    ("AWS_SECRET_ACCESS_KEY", "any"),
];

/// What a shell exits with when it knows no such command.
const NOT_FOUND: i32 = 127;

fn play_one(command: &str, folder: &Path, programs: &str) -> Result<Vec<String>> {
    let path = std::env::var("PATH").unwrap_or_default();
    let (root, is_cargo) = (root(), command.starts_with("cargo "));
    let output = Command::new("sh")
        // The braces hold the whole command, pipes and all; one stream, so that the lines come in the order of a terminal.
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(if is_cargo { &root } else { folder })
        .env("PATH", format!("{programs}:{path}"))
        .envs([("NO_COLOR", "1"), ("TERM", "dumb"), ("COLUMNS", "100"), ("LC_ALL", "C.UTF-8")])
        .envs(EMULATOR)
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_SESSION_TOKEN")
        .env_remove("CI")
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("`{command}` did not start: {e}"))?;
    let text =
        String::from_utf8(output.stdout).map_err(|e| format!("`{command}` printed something else than text: {e}"))?;
    let mut lines = settle(&text, folder);
    if let Some(line) = lines.iter().find(|line| line.starts_with("$ ") || line.starts_with("```")) {
        return Err(format!("`{command}` prints `{line}`, which cannot stand in a console block"));
    }
    match output.status.code() {
        Some(0) => {}
        Some(NOT_FOUND) => return Err(format!("`{command}` cannot be run here: {}", lines.join("; "))),
        Some(code) => lines.push(format!("[exit {code}]")),
        None => return Err(format!("`{command}` was killed: {}", output.status)),
    }
    Ok(lines)
}

/// The output with what differs from machine to machine taken out: the folders' names, and spaces that nobody sees.
fn settle(text: &str, folder: &Path) -> Vec<String> {
    let settled = text.replace(&*folder.to_string_lossy(), "~/demo").replace(&*root().to_string_lossy(), "~/egress");
    settled.trim_end().lines().map(|line| line.trim_end().to_owned()).collect()
}

/// A text without the durations in it: how long something took on a real clock is another machine's business.
fn timeless(text: &str) -> Vec<Vec<&str>> {
    let takes = |word: &&str| {
        let digits = word.trim_end_matches(['s', 'm']);
        !digits.is_empty() && digits.len() + 1 == word.len() && digits.bytes().all(|b| b.is_ascii_digit())
    };
    text.lines().map(|line| line.split_whitespace().filter(|word| !takes(word)).collect()).collect()
}

/// The text with these outputs under its commands.
fn rewrite(text: &str, outputs: &[Vec<String>]) -> String {
    let blocks = markdown::blocks(text);
    let mut outputs = outputs.iter();
    let mut lines: Vec<&str> = Vec::new();
    let mut next = 0;
    let source: Vec<_> = text.lines().collect();
    for block in blocks.iter().filter(|block| is_played(block)) {
        // The fence at `block.line` is the last line that stays as it is; the count is from 1.
        lines.extend(&source[next..block.line]);
        for (number, _) in block.commands() {
            lines.push(source[number - 1]);
            lines.extend(outputs.next().into_iter().flatten().map(String::as_str));
        }
        next = block.line + block.lines.len();
    }
    lines.extend(&source[next..]);
    lines.join("\n") + "\n"
}

/// The lines that differ, without those that are equal before and after them.
fn difference(name: &str, shown: &str, played: &str) -> String {
    let (shown, played): (Vec<_>, Vec<_>) = (shown.lines().collect(), played.lines().collect());
    let before = shown.iter().zip(&played).take_while(|(a, b)| a == b).count();
    let (shown, played) = (&shown[before..], &played[before..]);
    let after = shown.iter().rev().zip(played.iter().rev()).take_while(|(a, b)| a == b).count();
    let mut text = format!("{name}:{}: what is printed (+) differs from what is shown (-)\n", before + 1);
    shown[..shown.len() - after].iter().for_each(|line| text += &format!("-{line}\n"));
    played[..played.len() - after].iter().for_each(|line| text += &format!("+{line}\n"));
    text
}

fn new_folder() -> Result<TempDir> {
    TempDir::new().map_err(|e| format!("no temporary folder: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_not_compared_and_everything_else_is() {
        assert_eq!(timeless("   0s · made x in 1m 02s"), timeless("  12s · made x in 5s"));
        for other in ["0s · made y in 1s", "0s · made x in 1h", "0s · made x in s", "0s · made x in 1s\nmore"] {
            assert_ne!(timeless("0s · made x in 1s"), timeless(other), "{other}");
        }
    }

    const TEXT: &str = "\
# Title
```console
$ one
old
older
$ two
```
between
```console,norun
$ never
kept
```
```console,fresh
$ three
```
end
";

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(Into::into).collect()
    }

    #[test]
    fn a_session_is_what_a_reader_types() {
        let typed = |command: &str, fresh| Typed { command: command.into(), fresh };
        assert_eq!(session(TEXT), [typed("one", false), typed("two", false), typed("three", true)]);
    }

    #[test]
    fn outputs_are_written_under_their_commands_and_nothing_else_moves() {
        let outputs = [lines("new"), lines("a\n\nb"), vec![]];
        let expected = TEXT.replace("old\nolder", "new").replace("$ two", "$ two\na\n\nb");
        assert_eq!(rewrite(TEXT, &outputs), expected);
        assert_eq!(rewrite(&expected, &outputs), expected);
    }

    #[test]
    fn a_difference_shows_only_the_lines_that_differ() {
        let text = difference("README.md", "a\nb\nc\nd\n", "a\nx\ny\nd\n");
        assert_eq!(text, "README.md:2: what is printed (+) differs from what is shown (-)\n-b\n-c\n+x\n+y\n");
        let text = difference("README.md", "a\na\n", "a\na\na\n");
        assert_eq!(text, "README.md:3: what is printed (+) differs from what is shown (-)\n+a\n");
    }

    #[test]
    fn a_command_is_played_as_in_a_terminal() {
        let folder = new_folder().unwrap();
        let play = |command: &str| play_one(command, folder.path(), "nowhere");
        assert_eq!(play("echo out; echo err >&2; echo 'out  '").unwrap(), ["out", "err", "out"]);
        assert_eq!(play("echo a | tr a b; exit 5").unwrap(), ["b", "[exit 5]"]);
        assert_eq!(play("pwd > here; cat here; echo \"$NO_COLOR$CI\"").unwrap(), ["~/demo", "1"]);
        assert_eq!(play("true").unwrap(), [""; 0]);
        assert_eq!(play("echo '$ x'").unwrap_err(), "`echo '$ x'` prints `$ x`, which cannot stand in a console block");
    }
}
