//! `doctor`: looks at a target file and at the target itself, and says what is wrong with the set-up.

use tenantproof_harness::doctor::{examine, human, json, visit};
use tenantproof_harness::flow::{Cast, Nature};
use tenantproof_harness::scenario::model::Effect;

use super::{CommandError, library, print};
use crate::arguments::{DoctorArguments, Format};
use crate::exit::Exit;
use crate::tenant::{self, Tenant};

pub(super) fn doctor(arguments: &DoctorArguments) -> Result<Exit, CommandError> {
    let library = library()?;
    let target = tenant::read(&arguments.target, &arguments.reach)?;
    let tenant = Tenant::open(&target, &arguments.reach, None, None)?;
    tenant::stop_on_signal(tenant.stop);
    let effects = vec![Effect::Read, Effect::Token];
    let cast = Cast::new(target, Nature::Foreign { effects });
    let report = examine(&visit::visit(&cast, &library, &tenant.system));
    print(&match arguments.format {
        Format::Human => human(&report),
        Format::Json => json(&report),
    });
    Ok(Exit::Of(report.exit_code()))
}
