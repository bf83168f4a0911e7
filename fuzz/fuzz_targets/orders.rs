//! `cargo +nightly fuzz run --features libfuzzer orders`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::orders(bytes));
