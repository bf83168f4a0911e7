//! A file of two million rows: read alone, read by the `csv` crate, made into documents, and taken in by the app between a
//! real storage account and the feed's emulator, with the peak of this process's memory after each.
//!
//! `cargo bench -p warehouse --bench large -- [rows [rows end to end]]`

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a bench may end where it stands")]

#[expect(dead_code, reason = "shared with the tests, which use all of it")]
#[path = "../tests/it/stack.rs"]
mod stack;
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
#[path = "../tests/it/world.rs"]
mod world;

use std::{
    hint::black_box,
    io::{self, Read, Write as _},
    time::Instant,
};

use csvw::{Reader, Step};
use warehouse::wire::{Contracts, Kind};

const READ_BYTES: usize = 64 << 10;
const NAME: &str = "MOVE_DC3_20261109T2030Z_0001.csv";

/// A file that is made while it is read.
struct Generated {
    rows: u64,
    row: u64,
    text: Vec<u8>,
    read: usize,
}

impl Generated {
    fn new(rows: u64) -> Self {
        let header = "movement_id;warehouse;movement_type;movement_ts;order_no;line_no;sku;lot;qty;uom;sscc;load_ref;reason;user\r\n";
        Self {
            rows,
            row: 0,
            text: header.as_bytes().to_vec(),
            read: 0,
        }
    }

    fn more(&mut self) {
        self.text.drain(..self.read);
        self.read = 0;
        while self.text.len() < READ_BYTES && self.row < self.rows {
            let n = self.row;
            write!(
                self.text,
                "{};DC3;PICK;2026-11-09 14:{:02}:{:02};SO-{};10000;OLV-{}L;LT-2231;{}.50;CS;;;;ops1\r\n",
                1_000_000 + n,
                n / 60 % 60,
                n % 60,
                104_577 + n / 7,
                n % 5_000,
                n % 400,
            )
            .unwrap();
            self.row += 1;
        }
    }
}

impl Read for Generated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == self.text.len() {
            self.more();
        }
        let length = buffer.len().min(self.text.len() - self.read);
        buffer[..length].copy_from_slice(&self.text[self.read..self.read + length]);
        self.read += length;
        Ok(length)
    }
}

fn made(rows: u64) -> u64 {
    io::copy(&mut Generated::new(rows), &mut io::sink()).unwrap()
}

fn parsed(rows: u64) -> u64 {
    let contracts = Contracts::embedded(None).unwrap();
    let (schema, options) = contracts.of(Kind::Move).reader();
    let mut reader = Reader::new(schema, options);
    let (mut file, mut buffer, mut count) = (Generated::new(rows), vec![0; READ_BYTES], 0);
    loop {
        match reader.step().unwrap() {
            Step::NeedInput => match file.read(&mut buffer).unwrap() {
                0 => reader.finish(),
                length => reader.feed(&buffer[..length]),
            },
            Step::Row(row) => count += u64::from(black_box(row.cell_count()) > 0),
            Step::BadRow(error) => panic!("{error}"),
            Step::End(_) => return count,
        }
    }
}

fn by_csv_crate(rows: u64) -> u64 {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b';')
        .buffer_capacity(READ_BYTES)
        .from_reader(Generated::new(rows));
    let (mut record, mut count) = (csv::ByteRecord::new(), 0);
    while reader.read_byte_record(&mut record).unwrap() {
        black_box(record.len());
        count += 1;
    }
    count
}

/// Peak resident memory of this process in MiB, where the system says (Linux).
fn peak_mib() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: Option<u64> = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    kib.map_or("not known here".to_owned(), |kib| {
        format!("{} MiB", kib / 1024)
    })
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn report(what: &str, rows: u64, run: impl FnOnce() -> u64) {
    let started = Instant::now();
    assert_eq!(run(), rows);
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{what}: {rows} rows in {seconds:.1} s, {:.0} rows/s, peak memory {}",
        rows as f64 / seconds,
        peak_mib()
    );
}

/// Takes in a file as the host would have it taken in, and counts what is in the feed then.
async fn end_to_end(stack: &stack::Stack, message: &str) -> u64 {
    let mut deliveries = 1;
    while stack.delivered(message).await != "finished" {
        deliveries += 1;
    }
    println!("deliveries: {deliveries}");
    stack.ids().await.len() as u64
}

fn main() {
    let numbers = std::env::args().filter_map(|argument| argument.parse().ok());
    let numbers: Vec<u64> = numbers.collect();
    let rows = numbers.first().copied().unwrap_or(2_000_000);
    let fewer = numbers.get(1).copied().unwrap_or(rows.min(100_000));
    let started = Instant::now();
    let bytes = made(rows);
    println!(
        "{bytes} bytes, made in {:.1} s, which is part of the next two",
        started.elapsed().as_secs_f64()
    );
    report("csv crate alone", rows, || by_csv_crate(rows));
    report("csvw alone", rows, || parsed(rows));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let Some(stack) = stack::Stack::start().await else {
            return;
        };
        let message = {
            let mut content = Vec::new();
            Generated::new(fewer).read_to_end(&mut content).unwrap();
            stack.drop_file(NAME, &content).await
        };
        println!("before end to end: peak memory {}", peak_mib());
        let started = Instant::now();
        let count = Box::pin(end_to_end(&stack, &message)).await;
        let seconds = started.elapsed().as_secs_f64();
        assert_eq!(count, fewer);
        #[expect(clippy::cast_precision_loss, reason = "figures for people")]
        let per_second = fewer as f64 / seconds;
        println!(
            "end to end: {fewer} rows in {seconds:.1} s, {per_second:.0} rows/s, peak memory {}",
            peak_mib()
        );
    });
}
