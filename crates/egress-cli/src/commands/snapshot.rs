//! `egress snapshot`: writes what the account and region hold as the AWS CLI would print it.

use std::{fs, io, path::Path};

use serde::Serialize;

use crate::{
    args::{Global, SnapshotArgs},
    error::CliError,
    exit::Exit,
    output::Out,
    render::{View, text::count},
    session::{Overwrite, Readers, write_file},
    worlds::{WorldSource, show},
};

/// What `egress snapshot` prints.
#[derive(Serialize)]
struct Written {
    folder: String,
    place: egress_core::world::Place,
    files: Vec<String>,
}

impl View for Written {
    fn human(&self) -> String {
        let names: String = self.files.iter().map(|name| format!("  {name}\n")).collect();
        format!("wrote {} of {} into {}\n{names}", count(self.files.len(), "file"), show(&self.place), self.folder)
    }
}

pub(super) async fn run(args: &SnapshotArgs, global: &Global, out: Out) -> Result<(), CliError> {
    // Before anything is asked: an account takes its time.
    check_empty(&args.folder)?;
    let worlds = WorldSource::Cloud.read(global, args.account.as_deref(), out).await?;
    let Some(world) = worlds.worlds.first() else {
        return Err(CliError::new(Exit::NotFound, "there is nothing to write"));
    };
    let files = egress_snapshot::write(world);
    let cannot = |path: &Path, error: &io::Error| CliError::file("write", path, error);
    fs::create_dir_all(&args.folder).map_err(|error| cannot(&args.folder, &error))?;
    for (name, text) in &files {
        let path = args.folder.join(name);
        write_file(&path, text.as_bytes(), Overwrite::No, Readers::Anyone).map_err(|error| cannot(&path, &error))?;
    }
    let folder = args.folder.display().to_string();
    let files = files.into_iter().map(|(name, _)| name).collect();
    out.show(&Written { folder, place: world.network.place.clone(), files })
}

/// Refuses a folder that holds something.
fn check_empty(folder: &Path) -> Result<(), CliError> {
    let holds_something = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(CliError::file("read", folder, &error)),
    };
    if holds_something {
        return Err(CliError::new(Exit::Refused, format!("{} is not empty", folder.display()))
            .hint("name a new folder or an empty one: nothing is overwritten"));
    }
    Ok(())
}
