//! `cargo +nightly fuzz run --features libfuzzer trips`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::trips(bytes));
