//! Finds the files of a folder.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use super::{
    decode::{HEAD, looks_like_json},
    gather::gather,
    snapshot::{ReadError, Snapshot, worlds_of},
};
use crate::Note;

/// A file beyond this size, in bytes, is no answer of a call.
const LARGEST: u64 = 512 << 20;

/// Makes Worlds of a folder and its sub-folders. Links to folders are not followed, so that none leads in circles.
///
/// # Errors
///
/// The folder cannot be listed, or no file in it holds anything that is known.
pub fn read_dir(folder: &Path) -> Result<Snapshot, ReadError> {
    let unreadable = |source| ReadError::Folder { folder: folder.to_owned(), source };
    let mut found = Found::default();
    list(folder, &mut found).map_err(unreadable)?;
    while let Some(inner) = found.folders.pop() {
        if let Err(why) = list(&inner, &mut found) {
            found.notes.push(note(folder, &inner, format!("cannot be listed: {why}")));
        }
    }
    let mut notes = std::mem::take(&mut found.notes);
    let files = found.files.iter().filter_map(|path| match contents(path) {
        Ok(bytes) => Some((path.strip_prefix(folder).unwrap_or(path).to_owned(), bytes?)),
        Err(why) => {
            notes.push(note(folder, path, format!("cannot be read: {why}")));
            None
        }
    });
    let mut gathered = gather(files);
    gathered.notes.append(&mut notes);
    worlds_of(gathered)
}

#[derive(Default)]
struct Found {
    folders: Vec<PathBuf>,
    files: Vec<PathBuf>,
    notes: Vec<Note>,
}

fn note(root: &Path, path: &Path, why: String) -> Note {
    Note::new(path.strip_prefix(root).unwrap_or(path), "", why)
}

fn list(folder: &Path, found: &mut Found) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            found.folders.push(entry.path());
        } else if kind.is_file() || kind.is_symlink() {
            found.files.push(entry.path());
        }
    }
    Ok(())
}

/// What a file holds; `None` for one that is no JSON, or no file behind its link. Only the head of those is read.
fn contents(path: &Path) -> io::Result<Option<Vec<u8>>> {
    // A pipe behind a link would keep whoever opens it waiting.
    let about = fs::metadata(path)?;
    let is_named = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    if !about.is_file() || about.len() > LARGEST {
        return if is_named { Err(io::Error::other("it is no file of a usual size")) } else { Ok(None) };
    }
    let mut file = fs::File::open(path)?;
    let mut bytes = Vec::new();
    (&mut file).take(HEAD as u64).read_to_end(&mut bytes)?;
    if !is_named && !looks_like_json(&bytes) {
        return Ok(None);
    }
    file.read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}
