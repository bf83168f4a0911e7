//! `cargo +nightly fuzz run --features libfuzzer dcsa2`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::dcsa2(bytes));
