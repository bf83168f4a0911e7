//! The command line.

use std::time::Duration;

use fuzz::{TARGETS, Target};

/// What to run, and for how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arguments {
    pub(crate) target: Target,
    pub(crate) seed: u64,
    /// Number of the first input.
    pub(crate) from: u64,
    pub(crate) time: Duration,
}

impl Arguments {
    /// Reads them; the error is how to write them.
    pub(crate) fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        let usage = || {
            let names = names.join("|");
            format!("usage: fuzz {names} [--minutes 2] [--seed 1] [--from 0]")
        };
        let name = arguments.next().ok_or_else(usage)?;
        let target = TARGETS.into_iter().find(|target| target.name == name);
        let mut read = Self {
            target: target.ok_or_else(usage)?,
            seed: 1,
            from: 0,
            time: Duration::from_secs(120),
        };
        while let Some(option) = arguments.next() {
            let value = arguments.next().ok_or_else(usage)?;
            let number: u64 = value.parse().map_err(|_| usage())?;
            match option.as_str() {
                "--minutes" => read.time = Duration::from_secs(number * 60),
                "--seed" => read.seed = number,
                "--from" => read.from = number,
                _ => return Err(usage()),
            }
        }
        Ok(read)
    }
}
