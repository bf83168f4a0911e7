//! Megabytes of 214 samples, framed, checked and with every element visited, against a tokenizer that only splits.
//!
//! Run with `cargo bench -p x12`.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot run shall say so"
)]
#![expect(clippy::print_stdout, reason = "the ratio is the result")]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use criterion::{Criterion, Throughput, criterion_group};
use x12::{Limits, Splitter, TransactionSet, interchanges};

const BATCH: &[u8] = include_bytes!("../fixtures/214_batch.edi");
const RESENT: &[u8] = include_bytes!("../fixtures/214_delivered_resent.edi");
const MEGABYTES: usize = 8;

fn file() -> Vec<u8> {
    let both = [BATCH, RESENT].concat();
    both.repeat(MEGABYTES * 1_000_000 / both.len())
}

/// Envelopes checked, nothing else: what routing needs.
fn framed(file: &[u8]) -> usize {
    interchanges(file)
        .map(|read| read.unwrap().sets().count())
        .sum()
}

/// Envelopes checked and every element visited: what mapping needs at least.
fn visited(file: &[u8]) -> usize {
    let mut elements = 0;
    for interchange in interchanges(file) {
        let interchange = interchange.unwrap();
        for segment in interchange.sets().flat_map(TransactionSet::segments) {
            for element in segment.elements() {
                black_box(element.bytes());
                elements += 1;
            }
        }
    }
    elements
}

/// The same through a [`Splitter`] in reads of 64 KiB.
fn streamed(file: &[u8]) -> usize {
    let mut splitter = Splitter::new(Limits::default());
    let mut sets = 0;
    for read in file.chunks(64 << 10) {
        splitter.push(read);
        while let Some(piece) = splitter.next_piece().unwrap() {
            sets += piece
                .interchanges()
                .map(|read| read.unwrap().sets().count())
                .sum::<usize>();
        }
    }
    sets
}

/// What one writes in a minute: fixed delimiters, no envelope, no checks, no places.
fn naive(file: &[u8]) -> usize {
    let mut elements = 0;
    for segment in file.split(|byte| *byte == b'~') {
        for element in segment.trim_ascii().split(|byte| *byte == b'*').skip(1) {
            black_box(element);
            elements += 1;
        }
    }
    elements
}

fn framing(criterion: &mut Criterion) {
    let file = file();
    let mut group = criterion.benchmark_group("214");
    group
        .throughput(Throughput::Bytes(file.len() as u64))
        .sample_size(20);
    group.bench_function("framed", |bencher| {
        bencher.iter(|| framed(black_box(&file)))
    });
    group.bench_function("visited", |bencher| {
        bencher.iter(|| visited(black_box(&file)))
    });
    group.bench_function("streamed", |bencher| {
        bencher.iter(|| streamed(black_box(&file)))
    });
    group.bench_function("naive split", |bencher| {
        bencher.iter(|| naive(black_box(&file)))
    });
    group.finish();
}

/// The fastest of some runs, in turns, so that both meet the same machine.
fn fastest(file: &[u8], candidates: [fn(&[u8]) -> usize; 4]) -> [Duration; 4] {
    let mut best = [Duration::MAX; 4];
    for _ in 0..15 {
        for (best, candidate) in best.iter_mut().zip(candidates) {
            let start = Instant::now();
            black_box(candidate(black_box(file)));
            *best = (*best).min(start.elapsed());
        }
    }
    best
}

fn ratio() {
    let file = file();
    let best = fastest(&file, [framed, visited, streamed, naive]);
    let [framed, visited, streamed, naive] =
        best.map(|time| file.len() as f64 / 1e6 / time.as_secs_f64());
    println!(
        "framed and checked      {framed:8.0} MB/s, {:.2} of the naive split",
        framed / naive
    );
    println!(
        "every element visited   {visited:8.0} MB/s, {:.2} of the naive split",
        visited / naive
    );
    println!(
        "reads of 64 KiB         {streamed:8.0} MB/s, {:.2} of the naive split",
        streamed / naive
    );
    println!("naive split             {naive:8.0} MB/s");
}

criterion_group!(benches, framing);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    ratio();
}
