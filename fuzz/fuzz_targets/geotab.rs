//! `cargo +nightly fuzz run --features libfuzzer geotab`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::geotab(bytes));
