//! `landscape`: prints a landscape as a file, the reference one unless another is named.

use tenantproof_mocks::landscape::file::{self, Style};

use super::{CommandError, print};
use crate::arguments::LandscapeArguments;
use crate::exit::Exit;
use crate::landscapes::{Fresh, LandscapeText, published_reference};
use crate::profiles::Chosen;

pub(super) fn print_landscape(arguments: &LandscapeArguments) -> Result<Exit, CommandError> {
    let chosen = Chosen::of(arguments.profile.as_ref(), &arguments.switch)?;
    let (loaded, style) = match &arguments.landscape {
        Some(path) => (
            LandscapeText::open(path)?.load(&Fresh::default(), &chosen)?,
            Style::AsItIs,
        ),
        None => {
            let style = if arguments.published {
                Style::AsItIs
            } else {
                Style::MadeAnew
            };
            (published_reference(chosen.profile()), style)
        }
    };
    print(&file::write(&loaded.landscape, &loaded.keys, style));
    Ok(Exit::Success)
}
