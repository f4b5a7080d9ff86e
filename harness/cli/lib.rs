//! The front door of tenantproof: the one place that knows both the harness and the mocks.
//!
//! [`scenarios`] embeds the scenario files, [`embed`] turns mocks into a target with transport and levers, [`landscapes`] opens landscape files,
//! [`misconfigured`] makes people's mistakes of them, [`players`] says who is who in them, [`target_file`] writes a target down, [`target_input`] reads one,
//! [`tenant`] is a target behind its safety, [`profiles`] reads and writes profile files, [`model`] is the mocks as something that can be set and
//! watched, [`side`] is whom to compare, [`record_file`] keeps what a run has come to, [`standard_input`] reads what must not be an argument,
//! [`interview`] asks for what a target file says, [`facts`] knows
//! which fact is shown where, [`control`] explains the control address of servers, [`command`] holds one file for each command.

pub mod arguments;
pub mod command;
pub mod control;
pub mod embed;
pub mod exit;
pub mod facts;
mod integration_players;
pub mod interview;
pub mod landscapes;
pub mod misconfigured;
pub mod model;
pub mod players;
pub mod profiles;
pub mod record_file;
pub mod scenarios;
pub mod served;
pub mod side;
pub mod standard_input;
pub mod target_file;
pub mod target_input;
pub mod tenant;
pub mod workshop;

use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::Arguments;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return command::say_misuse(&error),
    };
    match command::run(&arguments.command) {
        Ok(exit) => exit.into(),
        Err(error) => {
            command::say_error(&error);
            exit::Exit::WrongInput.into()
        }
    }
}
