//! Mutates what means something, for some minutes, and ends at the first input for which a target does not hold.
//!
//! `cargo run --manifest-path fuzz/Cargo.toml -- x12 --minutes 10`

mod arguments;
mod memory;

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    process::ExitCode,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use fuzz::{Target, corpus, mutate};

use arguments::Arguments;

#[global_allocator]
static MEMORY: memory::Counted = memory::Counted;

/// A target that takes longer over an input hangs.
const HANG: Duration = Duration::from_secs(20);
/// Memory that a target may use beside what grows with its input.
const MEMORY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// And for each byte of the input: a list of `0` gives a dead letter for two bytes.
const MEMORY_PER_BYTE_MAX: usize = 500;

/// Number of the input that is being looked at.
static NUMBER: AtomicU64 = AtomicU64::new(0);

fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(usage) => {
            eprintln!("{usage}");
            return ExitCode::FAILURE;
        }
    };
    let corpus = match corpus::of(&arguments.target) {
        Ok(corpus) if !corpus.is_empty() => corpus,
        found => {
            eprintln!("no corpus: {found:?}");
            return ExitCode::FAILURE;
        }
    };
    // A stack that ends early: a recursion that follows its input is found before it fills eight megabytes.
    let run = move || run(&arguments, &corpus);
    let spawned = thread::Builder::new()
        .stack_size(2 * 1024 * 1024)
        .spawn(run);
    let ended = spawned.map(thread::JoinHandle::join);
    match ended {
        Ok(Ok(true)) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// Whether the target held for all inputs.
fn run(arguments: &Arguments, corpus: &[Vec<u8>]) -> bool {
    let Arguments {
        target,
        seed,
        from,
        time,
    } = *arguments;
    println!("{}: {} inputs, seed {seed}", target.name, corpus.len());
    thread::spawn(move || watch(target, seed));
    let (began, mut said) = (Instant::now(), Instant::now());
    let mut number = from;
    while began.elapsed() < time {
        NUMBER.store(number, Ordering::Relaxed);
        let input = mutate::input(corpus, target.grammar, seed, number);
        if let Err(why) = holds(&target, &input) {
            let path = keep(&target, &input);
            println!(
                "{}: seed {seed}, input {number} {why}; kept as {}",
                target.name,
                path.display()
            );
            return false;
        }
        number += 1;
        if said.elapsed() >= Duration::from_secs(30) {
            said = Instant::now();
            println!("{}: {number} inputs", target.name);
        }
    }
    println!(
        "{}: {} inputs in {:?}, nothing found",
        target.name,
        number - from,
        began.elapsed()
    );
    true
}

fn holds(target: &Target, input: &[u8]) -> Result<(), String> {
    let before = memory::begin();
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.holds)(input)));
    let used = memory::peak().saturating_sub(before);
    if outcome.is_err() {
        return Err("panics".to_owned());
    }
    let most = MEMORY_BYTES_MAX + input.len() * MEMORY_PER_BYTE_MAX;
    if used > most {
        return Err(format!("takes {used} bytes of memory for {}", input.len()));
    }
    Ok(())
}

/// Ends the process when an input takes too long. After a crash that no panic tells of, `--from` with a number a little
/// below the last one that was printed finds it again.
fn watch(target: Target, seed: u64) {
    let (mut last, mut since) = (0, Instant::now());
    loop {
        thread::sleep(Duration::from_secs(1));
        let number = NUMBER.load(Ordering::Relaxed);
        if number != last {
            (last, since) = (number, Instant::now());
        } else if since.elapsed() > HANG {
            println!("{}: seed {seed}, input {number} hangs", target.name);
            std::process::exit(2);
        }
    }
}

fn keep(target: &Target, input: &[u8]) -> PathBuf {
    let folder = corpus::root().join("fuzz/artifacts").join(target.name);
    let path = folder.join("found");
    let kept = fs::create_dir_all(&folder).and_then(|()| fs::write(&path, input));
    if let Err(error) = kept {
        eprintln!("cannot keep the input: {error}");
    }
    path
}
