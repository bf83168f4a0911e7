//! Reads a CSV file by a description: `cargo run -p csvw --example read -- SCHEMA.csvw.json FILE.csv`.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::{fs::File, io::Read as _, sync::Arc};

use csvw::{Options, Reader, Schema, Step};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(schema), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("usage: read SCHEMA.csvw.json FILE.csv".into());
    };
    let schema = Arc::new(Schema::parse(&std::fs::read(schema)?)?);
    schema
        .warnings()
        .iter()
        .for_each(|warning| println!("warning: {warning}"));

    let mut file = File::open(file)?;
    let mut reader = Reader::new(schema, Options::default());
    let (mut chunk, mut good, mut bad) = (vec![0; 64 << 10], 0_u64, 0_u64);
    loop {
        match reader.step()? {
            Step::NeedInput => match file.read(&mut chunk)? {
                0 => reader.finish(),
                read => reader.feed(&chunk[..read]),
            },
            Step::Row(row) => match row.check() {
                Ok(()) => good += 1,
                Err(error) => {
                    bad += 1;
                    println!("{error}");
                }
            },
            Step::BadRow(error) => {
                bad += 1;
                println!("{error}");
            }
            Step::End(ending) => {
                println!(
                    "{good} good rows, {bad} bad, {ending:?}, {:?}",
                    reader.encoding().map(|choice| choice.name())
                );
                return Ok(());
            }
        }
    }
}
