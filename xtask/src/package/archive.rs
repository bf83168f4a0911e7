//! The zip: sorted, with one time for all, and with the executable bit.

use std::{
    fs::{self, File},
    io::{self, BufWriter},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// The platform unpacks onto a file system that cannot be written to, so the bit has to be in the zip.
const EXECUTABLE: u32 = 0o755;
const READABLE: u32 = 0o644;

/// Packs a staged folder; returns the size of the zip.
pub(super) fn pack(staged: &Path, package: &Path) -> Result<u64> {
    let folder = package.parent().context("a package lies in a folder")?;
    fs::create_dir_all(folder)?;
    let file =
        File::create(package).with_context(|| format!("cannot write {}", package.display()))?;
    let mut zip = ZipWriter::new(BufWriter::new(file));
    for path in files(staged)? {
        let name = path.strip_prefix(staged)?.to_string_lossy().into_owned();
        let mode = match name == stage::HANDLER {
            true => EXECUTABLE,
            false => READABLE,
        };
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(9))
            // When a file was staged says nothing, and would make every package another.
            .last_modified_time(DateTime::default())
            .unix_permissions(mode);
        zip.start_file(name, options)?;
        io::copy(&mut File::open(&path)?, &mut zip)?;
    }
    zip.finish()?;
    Ok(fs::metadata(package)?.len())
}

/// Unpacks a package as it was packed, the executable bit included.
pub(crate) fn unpack(package: &Path, into: &Path) -> Result<()> {
    let file = File::open(package).with_context(|| format!("cannot read {}", package.display()))?;
    Ok(ZipArchive::new(file)?.extract(into)?)
}

/// All files below a folder, sorted.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => found.extend(files(&path)?),
            false => found.push(path),
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn staged(root: &Path, name: &str, order: [&str; 3]) -> PathBuf {
        let folder = root.join(name);
        fs::create_dir_all(folder.join("ingest")).unwrap();
        for file in order {
            fs::write(folder.join(file), file).unwrap();
        }
        folder
    }

    #[test]
    fn the_same_files_give_the_same_bytes_with_the_executable_bit() {
        let root = tempfile::tempdir().unwrap();
        let files = ["handler", "host.json", "ingest/function.json"];
        let mut packed = Vec::new();
        for (name, order) in [("a", files), ("b", [files[2], files[0], files[1]])] {
            let folder = staged(root.path(), name, order);
            // Staged at another time, with whatever permissions.
            let old = std::time::SystemTime::UNIX_EPOCH;
            let handler = File::open(folder.join("handler")).unwrap();
            handler.set_modified(old).unwrap();
            let package = root.path().join(format!("{name}.zip"));
            pack(&folder, &package).unwrap();
            packed.push(fs::read(&package).unwrap());
        }
        assert_eq!(packed[0], packed[1]);

        let mut zip = ZipArchive::new(io::Cursor::new(&packed[0])).unwrap();
        let mut modes = Vec::new();
        for index in 0..zip.len() {
            let file = zip.by_index(index).unwrap();
            modes.push((
                file.name().unwrap().into_owned(),
                file.unix_mode().unwrap() & 0o777,
            ));
        }
        let expected = [
            ("handler", 0o755),
            ("host.json", 0o644),
            ("ingest/function.json", 0o644),
        ];
        assert_eq!(modes, expected.map(|(name, mode)| (name.to_owned(), mode)));

        let into = root.path().join("unpacked");
        unpack(&root.path().join("a.zip"), &into).unwrap();
        let mode = fs::metadata(into.join("handler"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o755);
    }
}
