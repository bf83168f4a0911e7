#![doc = include_str!("../README.md")]

mod answers;
mod apps;
mod arguments;
mod client;
mod select;

mod commands;

mod output;
mod table;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::Arguments;
use commands::Ended;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(commands::run(&arguments)),
        Err(error) => Err(error.into()),
    };
    match ended {
        Ok(Ended::Well) => ExitCode::SUCCESS,
        Ok(Ended::WithLettersLeft) => ExitCode::from(3),
        Ok(Ended::WithoutAnApp) => ExitCode::from(4),
        Ok(Ended::Unobserved) => ExitCode::from(5),
        Err(error) => {
            output::failure(arguments.json, &error);
            match error.downcast_ref::<client::CallError>() {
                Some(call) if call.is_unreachable() => ExitCode::from(4),
                _ => ExitCode::FAILURE,
            }
        }
    }
}
