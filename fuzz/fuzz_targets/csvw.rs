//! `cargo +nightly fuzz run --features libfuzzer csvw`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::csvw(bytes));
