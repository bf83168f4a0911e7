//! Public files with their oddities, where the folder with them is beside the repository.

use std::{fs, path::PathBuf, sync::Arc};

use csvw::Schema;

use crate::world::{file_error, made};

fn files() -> Vec<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folders = ["../shared/data/warehouse", "../../shared/data/warehouse"];
    let mut folders: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "csv") {
                files.push(path);
            }
        }
    }
    files.sort();
    files.dedup();
    files
}

#[test]
fn a_public_file_is_no_movement_file_and_harms_nobody() {
    let files = files();
    if files.is_empty() {
        eprintln!("skipped: there is no folder shared/data/warehouse beside the repository");
        return;
    }
    for path in files {
        let bytes = fs::read(&path).unwrap();
        let made = made("MOVE_DC3_20261109T2030Z_1.csv", &bytes, &[1_024]);
        assert_eq!(made.documents.len(), 0, "{}", path.display());
        assert_eq!(made.rejections.len(), 1, "{}", path.display());
        let reason = made.rejections[0]["reason"].as_str().unwrap();
        assert!(
            ["E101", "E103"].contains(&reason),
            "{}: {reason}",
            path.display()
        );
    }
}

#[test]
fn a_public_file_is_read_by_a_contract_with_its_own_titles() {
    let files = files();
    if files.is_empty() {
        eprintln!("skipped: there is no folder shared/data/warehouse beside the repository");
    }
    for path in files {
        // A contract without required columns takes the first line for the header, whatever it says.
        let schema = br#"{"tableSchema": {"columns": [{"name": "a"}]}}"#;
        let schema = Arc::new(Schema::parse(schema).unwrap());
        let bytes = fs::read(&path).unwrap();
        let error = file_error(&schema, &bytes);
        println!("{}: {} bytes, {error:?}", path.display(), bytes.len());
    }
}
