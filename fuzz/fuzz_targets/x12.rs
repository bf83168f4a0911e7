//! `cargo +nightly fuzz run --features libfuzzer x12`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::x12(bytes));
