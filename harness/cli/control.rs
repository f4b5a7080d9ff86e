//! What `serve --help` says of the control address, made of the tables of the mocks. The address itself is the mocks' own.

use std::fmt::Write as _;

use tenantproof_mocks::fault::FAULTS;
use tenantproof_mocks::serve::control::{ENDPOINTS, TOKEN_HEADER};

/// The part of the help that follows the options.
pub fn help() -> String {
    let mut text =
        format!("The control address answers JSON, on loopback, to requests that hold its token in {TOKEN_HEADER}:\n");
    for endpoint in ENDPOINTS {
        let space = if endpoint.takes.starts_with('{') { " " } else { "" };
        let _ = writeln!(
            text,
            "  {} {}{space}{}\n      {}",
            endpoint.method, endpoint.path, endpoint.takes, endpoint.says
        );
    }
    text += "\nFaults, each for the next `times` requests, or until they are forgotten:\n";
    for row in FAULTS {
        let takes = row.parameter.map_or_else(String::new, |number| {
            format!(
                "; `{}` {} to {}, {} if left out",
                number.name, number.least, number.most, number.usual
            )
        });
        let _ = writeln!(text, "  {:<20}{}{takes}", row.name, row.says);
    }
    text += "\nFor example:\n  \
        curl -H \"X-Tenantproof-Control: $TENANTPROOF_CONTROL_TOKEN\" \\\n      \
        -d '{\"fault\": \"429\", \"endpoint\": \"token\", \"times\": 3}' $TENANTPROOF_CONTROL_URL/faults";
    text
}
