//! The front door of tenantproof: the one place that knows both the harness and the mocks.
//!
//! [`scenarios`] embeds the scenario files, [`embed`] turns mocks into a target with transport and levers, [`workshop`] makes broken mocks
//! for the proof, [`command`] holds one file for each command.

pub mod arguments;
pub mod command;
pub mod embed;
pub mod exit;
pub mod players;
pub mod scenarios;

use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::{Arguments, Command};

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match command::run(&arguments.command) {
        Ok(exit) => exit.into(),
        Err(error) => {
            command::say_error(&error);
            exit::Exit::WrongInput.into()
        }
    }
}

/// Whether a command takes long enough that its progress is worth showing.
impl Command {
    /// Whether standard output is data for another program.
    pub fn prints_data(&self) -> bool {
        matches!(self, Self::Schema | Self::Rules { .. })
    }
}
