//! How fast rows become records, beside the `csv` crate over the same bytes in the same run.
//!
//! `cargo bench -p warehouse --bench normalize`

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

use std::{fmt::Write as _, hint::black_box, time::Instant};

use csvw::{Reader, Step};
use drops::{DroppedFile, Notice};
use ingest::Message;
use record::{EpochMillis, Record, Source};
use warehouse::{
    config::{Sites, Units},
    normalize::{Batch, Origin, Repeats, movements},
    wire::{Contracts, DropName, Kind},
};

const ROWS: u32 = 50_000;
const READ_BYTES: usize = 64 << 10;
const BATCH_ROWS: u64 = 2_500;
const RUNS: usize = 7;

/// One reading of the whole file; returns what it counted.
type Run<'a> = Box<dyn FnMut() -> usize + 'a>;

fn file() -> Vec<u8> {
    let mut text = "movement_id;warehouse;movement_type;movement_ts;order_no;line_no;sku;lot;qty;uom;sscc;load_ref;reason;user\r\n".to_owned();
    for n in 0..ROWS {
        let kind = ["RECEIPT", "PUTAWAY", "PICK", "SHIP"][n as usize % 4];
        write!(
            text,
            "{};DC3;{kind};2026-11-09 14:{:02}:{:02};SO-{};10000;OLV-1L;LT-2231;{}.50;CS;006141410000070015;L-2026-55013;;ops1\r\n",
            884_120 + n,
            n / 60 % 60,
            n % 60,
            104_577 + n / 7,
            n % 400,
        )
        .expect("a string takes everything");
    }
    text.into_bytes()
}

fn dropped() -> DroppedFile {
    let event = r#"{"id":"e","eventType":"Microsoft.Storage.BlobCreated","eventTime":"2026-11-09T20:31:02Z",
        "subject":"/blobServices/default/containers/warehouse/blobs/MOVE_DC3_20261109T2030Z_0042.csv",
        "data":{"api":"PutBlob","eTag":"0x1","contentLength":1,"url":"https://a.blob.core.windows.net/w/x.csv"}}"#;
    match DroppedFile::from_message(event).expect("an event") {
        Notice::Uploaded(file) => file,
        other => panic!("{other:?}"),
    }
}

/// Reads and normalizes the whole file; `each` sees the records of every batch. Returns how many there were.
fn ours(bytes: &[u8], mut each: impl FnMut(&[Record<'_>])) -> usize {
    let contracts = Contracts::embedded(None).expect("our own schemas");
    let sites: Sites = "DC3=America/New_York".parse().expect("a site");
    let units = Units::embedded().expect("our own table");
    let file = dropped();
    let name = DropName::parse(file.file_name()).expect("a name");
    let message = Message {
        source: Source::Warehouse,
        message_id: file.key().into(),
        correlation_id: "0af7651916cd43dd8448eb211c80319c".into(),
        traceparent: None,
        received_at: EpochMillis(1_794_256_262_000),
        raw: &[],
        arrival: Vec::new(),
    };
    let origin = Origin {
        message: &message,
        file: &file,
        name: &name,
        site: sites.get("DC3").expect("the site above"),
        units: &units,
    };
    let contract = contracts.of(Kind::Move);
    let (schema, options) = contract.reader();
    let mut reader = Reader::new(schema, options);
    let (mut chunks, mut repeats, mut batch) = (
        bytes.chunks(READ_BYTES),
        Repeats::default(),
        Batch::default(),
    );
    let mut records = 0;
    loop {
        let is_end = match reader.step().expect("the file is well-formed") {
            Step::NeedInput => {
                match chunks.next() {
                    Some(chunk) => reader.feed(chunk),
                    None => reader.finish(),
                }
                continue;
            }
            Step::End(_) => true,
            row => {
                batch.add(&row, contract, origin.site);
                false
            }
        };
        if is_end || batch.last_row.is_multiple_of(BATCH_ROWS) {
            let normalized = movements(&batch, &origin, &mut repeats);
            assert!(normalized.rejections.is_empty());
            each(&normalized.records);
            records += normalized.records.len();
            batch.clear();
            repeats.at_checkpoint();
        }
        if is_end {
            return records;
        }
    }
}

/// The `csv` crate's fastest reader, nothing decoded.
fn theirs(bytes: &[u8]) -> usize {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b';')
        .buffer_capacity(READ_BYTES)
        .from_reader(bytes);
    let (mut record, mut rows) = (csv::ByteRecord::new(), 0);
    while reader
        .read_byte_record(&mut record)
        .expect("the file is well-formed")
    {
        black_box(record.len());
        rows += 1;
    }
    rows
}

/// Seconds of one run, and what it counted.
fn seconds(run: &mut dyn FnMut() -> usize) -> (f64, usize) {
    let started = Instant::now();
    let count = run();
    (started.elapsed().as_secs_f64(), count)
}

fn main() {
    let bytes = file();
    let mut runs: [(&str, Run<'_>); 3] = [
        ("csv crate, rows only", Box::new(|| theirs(&bytes))),
        (
            "records",
            Box::new(|| {
                ours(&bytes, |records| {
                    black_box(records);
                })
            }),
        ),
        (
            "records as documents",
            Box::new(|| {
                ours(&bytes, |records| {
                    for record in records {
                        black_box(record.to_document());
                    }
                })
            }),
        ),
    ];
    // In turns, so that all meet the same noise.
    let mut best = [f64::MAX; 3];
    let mut counts = [0; 3];
    for _ in 0..RUNS {
        for (index, (_, run)) in runs.iter_mut().enumerate() {
            let (time, count) = seconds(run.as_mut());
            best[index] = best[index].min(time);
            counts[index] = count;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    for ((name, _), (time, count)) in runs.iter().zip(best.iter().zip(counts)) {
        println!(
            "{name}: {:.0} rows/s, {:.0} records/s, {:.1} MB/s, {:.2} of the csv crate's time",
            f64::from(ROWS) / time,
            count as f64 / time,
            bytes.len() as f64 / time / 1e6,
            time / best[0],
        );
    }
}
