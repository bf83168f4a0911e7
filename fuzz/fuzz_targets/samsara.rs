//! `cargo +nightly fuzz run --features libfuzzer samsara`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::samsara(bytes));
