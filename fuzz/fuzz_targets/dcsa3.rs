//! `cargo +nightly fuzz run --features libfuzzer dcsa3`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::dcsa3(bytes));
