//! The command line: parses, calls the library, maps to an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    tenantproof::main()
}
