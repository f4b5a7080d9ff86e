//! The scenario files, embedded, so that an installed binary needs no checkout.

use include_dir::{Dir, File, include_dir};
use tenantproof_harness::scenario::{Diagnostic, Library};

static SCENARIOS: Dir = include_dir!("$CARGO_MANIFEST_DIR/scenarios");

/// The embedded scenarios, loaded.
///
/// # Errors
///
/// One diagnostic for each file that does not read; the project's own tests see to it that there is none.
pub fn library() -> Result<Library, Vec<Diagnostic>> {
    let mut files = Vec::new();
    collect(&SCENARIOS, &mut files);
    Library::load(files.into_iter().filter_map(|file| {
        let path = file.path().to_str()?;
        // Only YAML is scenario data; the schema and example targets stand beside it.
        let text = path.ends_with(".yaml").then(|| file.contents_utf8()).flatten()?;
        Some((path.to_owned(), text.to_owned()))
    }))
}

/// Path and text of the embedded files of a folder whose names end like this.
pub fn files(folder: &str, ending: &str) -> Vec<(&'static str, &'static str)> {
    let mut files = Vec::new();
    collect(&SCENARIOS, &mut files);
    let named = files
        .into_iter()
        .filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?)));
    named
        .filter(|(path, _)| path.starts_with(folder) && path.ends_with(ending))
        .collect()
}

fn collect(dir: &'static Dir, files: &mut Vec<&'static File<'static>>) {
    files.extend(dir.files());
    for inner in dir.dirs() {
        collect(inner, files);
    }
}
