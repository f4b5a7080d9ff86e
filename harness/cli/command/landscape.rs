//! `landscape`: prints a landscape as a file, the reference one unless another is named.

use tenantproof_mocks::landscape::file::{self, Style};
use tenantproof_mocks::landscape::profile::Profile;

use super::{CommandError, print};
use crate::arguments::LandscapeArguments;
use crate::embed::profile_name;
use crate::exit::Exit;
use crate::landscapes::{Fresh, LandscapeText, published_reference};

pub(super) fn print_landscape(arguments: &LandscapeArguments) -> Result<Exit, CommandError> {
    let profile = arguments.profile.map(profile_name);
    let (loaded, style) = match &arguments.landscape {
        Some(path) => (
            LandscapeText::open(path)?.load(&Fresh::default(), profile)?,
            Style::AsItIs,
        ),
        None => {
            let style = if arguments.published {
                Style::AsItIs
            } else {
                Style::MadeAnew
            };
            (published_reference(Profile::whole(profile.unwrap_or_default())), style)
        }
    };
    print(&file::write(&loaded.landscape, &loaded.keys, style));
    Ok(Exit::Success)
}
