//! Rows per second against the `csv` crate on the same bytes: `cargo bench -p csvw`.
#![expect(clippy::print_stdout, reason = "the result is the output")]

use std::{fmt::Write as _, hint::black_box, sync::Arc, time::Instant};

use csvw::{Options, Reader, Schema, Step};

const ROWS: u32 = 200_000;
const READ_BYTES: usize = 64 << 10;
const RUNS: usize = 7;

/// One reading of the whole file; returns its rows.
type Run<'a> = Box<dyn FnMut() -> u32 + 'a>;

fn file(rows: u32) -> Vec<u8> {
    let mut text = "movement_id;warehouse;movement_type;movement_ts;order_no;line_no;sku;lot;qty;uom;sscc;load_ref;reason;user\r\n".to_owned();
    for n in 0..rows {
        let (minute, second) = (n / 60 % 60, n % 60);
        let user = if n % 50 == 0 {
            "\"Núñez, \"\"Chema\"\"\""
        } else {
            "ops1"
        };
        write!(
            text,
            "{};DC3;RECEIPT;2026-11-09 14:{minute:02}:{second:02};SO-{};10000;OLV-1L;LT-2231;{}.50;CS;0061414100000{:05};L-2026-55013;;{user}\r\n",
            884_120 + n,
            104_577 + n / 7,
            n % 400,
            n % 100_000,
        )
        .expect("a string takes everything");
    }
    text.into_bytes()
}

/// Reads in chunks as a blob comes, as the reader's doc says.
fn ours(schema: &Arc<Schema>, bytes: &[u8], mut each: impl FnMut(&csvw::Row<'_>)) -> u32 {
    let mut reader = Reader::new(schema.clone(), Options::default());
    let (mut chunks, mut rows) = (bytes.chunks(READ_BYTES), 0);
    loop {
        match reader.step().expect("the file is well-formed") {
            Step::Row(row) => {
                each(&row);
                rows += 1;
            }
            Step::NeedInput => match chunks.next() {
                Some(chunk) => reader.feed(chunk),
                None => reader.finish(),
            },
            Step::BadRow(error) => panic!("{error}"),
            Step::End(_) => return rows,
        }
    }
}

/// The same bytes in the same reads through the `csv` crate's fastest reader, nothing decoded.
fn theirs(bytes: &[u8]) -> u32 {
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

/// Seconds of one run.
fn seconds(run: &mut Run<'_>) -> f64 {
    let started = Instant::now();
    assert_eq!(run(), ROWS);
    started.elapsed().as_secs_f64()
}

/// Peak resident memory of this process in KiB, where the system says (Linux).
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| {
        line.strip_prefix("VmHWM:")?
            .trim()
            .strip_suffix(" kB")?
            .parse()
            .ok()
    })
}

/// Peak memory after a file of `times` x 200,000 rows that is never whole in memory: one chunk is fed again and again.
fn memory(schema: &Arc<Schema>, sample: &[u8], times: usize) {
    let mut reader = Reader::new(schema.clone(), Options::default());
    let head = sample
        .iter()
        .position(|&byte| byte == b'\n')
        .expect("a header")
        + 1;
    reader.feed(&sample[..head]);
    let (mut rows, mut fed, chunks) = (0_u64, 0, times * 200);
    loop {
        match reader.step().expect("the file is well-formed") {
            Step::Row(row) => rows += u64::from(black_box(row.cell_count()) > 0),
            Step::NeedInput if fed == chunks => reader.finish(),
            Step::NeedInput => {
                reader.feed(&sample[head..]);
                fed += 1;
            }
            Step::BadRow(error) => panic!("{error}"),
            Step::End(_) => break,
        }
    }
    match peak_kib() {
        Some(peak) => println!("{rows} rows streamed: peak resident memory {peak} KiB (VmHWM)"),
        None => println!("skipped: peak memory is read from /proc, which is not here"),
    }
}

fn main() {
    let schema = Arc::new(
        Schema::parse(include_bytes!("../fixtures/MOVE_schema.csvw.json")).expect("our own schema"),
    );
    let sample = file(1_000);
    memory(&schema, &sample, 1);
    memory(&schema, &sample, 10);
    let bytes = file(ROWS);
    let (qty, at) = (
        schema.column("qty").expect("a column"),
        schema.column("movement_ts").expect("a column"),
    );
    let mut runs: [(&str, Run<'_>); 4] = [
        ("csv ByteRecord", Box::new(|| theirs(&bytes))),
        (
            "csvw rows",
            Box::new(|| {
                ours(&schema, &bytes, |row| {
                    assert_eq!(black_box(row.cell_count()), 14)
                })
            }),
        ),
        (
            "csvw rows, quantity and time read",
            Box::new(|| {
                ours(&schema, &bytes, |row| {
                    black_box(row.decimal(qty).expect("a decimal"));
                    black_box(row.date_time(at).expect("a time"));
                })
            }),
        ),
        (
            "csvw rows, every column checked",
            Box::new(|| ours(&schema, &bytes, |row| row.check().expect("a good row"))),
        ),
    ];
    // In turn, so that all meet the same machine.
    let mut best = [f64::MAX; 4];
    for _ in 0..RUNS {
        for (best, (_, run)) in best.iter_mut().zip(&mut runs) {
            *best = best.min(seconds(run));
        }
    }
    let megabytes = f64::from(u32::try_from(bytes.len()).unwrap_or(u32::MAX)) / 1e6;
    println!("{ROWS} rows, {megabytes:.1} MB, reads of {READ_BYTES} bytes, best of {RUNS}");
    for ((name, _), seconds) in runs.iter().zip(best) {
        let (rate, ratio) = (f64::from(ROWS) / seconds, best[0] / seconds);
        println!(
            "{name:<36} {rate:>12.0} rows/s {:>8.0} MB/s   {ratio:.2} x csv",
            megabytes / seconds
        );
    }
}
