//! `cargo +nightly fuzz run --features libfuzzer epcis`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::epcis(bytes));
