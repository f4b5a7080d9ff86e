//! Opens landscape files, and makes the keys and secrets that they leave to be made.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use tenantproof_harness::target::Target;
use tenantproof_mocks::env::Env;
use tenantproof_mocks::jose::key::{Signatures, SigningKey};
use tenantproof_mocks::kept_signatures::KeptSignatures;
use tenantproof_mocks::landscape::Landscape;
use tenantproof_mocks::landscape::file::{self, Keyring, Loaded, Maker, Published, SIZE_LIMIT};
use tenantproof_mocks::landscape::profile::Profile;
use tenantproof_mocks::landscape::reference::{self, ReferenceKeys};
use tenantproof_mocks::mock::random_seed;

use crate::command::CommandError;
use crate::players;
use crate::profiles::Chosen;

/// The text of a landscape file, and where it is from.
#[derive(Debug)]
pub struct LandscapeText {
    name: String,
    text: String,
}

impl LandscapeText {
    /// Reads the text at a path, or of standard input where the path is `-`.
    ///
    /// # Errors
    ///
    /// What the system says of a file that cannot be read. One that is longer than a landscape may be is read no further.
    pub fn open(path: &Path) -> Result<Self, CommandError> {
        let name = path.display().to_string();
        let mut text = String::new();
        let limit = SIZE_LIMIT as u64 + 1;
        let read = if name == "-" {
            std::io::stdin().lock().take(limit).read_to_string(&mut text)
        } else {
            File::open(path).and_then(|file| file.take(limit).read_to_string(&mut text))
        };
        read.map_err(CommandError::world(format!("the landscape file {name} cannot be read")))?;
        Ok(Self { name, text })
    }

    /// The host names of the landscape, without making anything for it.
    ///
    /// # Errors
    ///
    /// The mistakes in it.
    pub fn hosts(&self) -> Result<Vec<String>, CommandError> {
        let loaded = self.load(&Published, &Chosen::default())?;
        Ok(loaded.landscape.hosts().map(str::to_owned).collect())
    }

    /// The landscape, under a profile that was chosen in place of its own.
    ///
    /// # Errors
    ///
    /// The mistakes in it.
    pub fn load(&self, maker: &dyn Maker, chosen: &Chosen) -> Result<Loaded, CommandError> {
        let loaded = file::read(&self.text, maker, chosen.name);
        let loaded = loaded.map(|mut loaded| {
            chosen.set_switches(&mut loaded.landscape.profile);
            loaded
        });
        loaded.map_err(|mistakes| {
            let told: Vec<String> = mistakes
                .iter()
                .map(|mistake| format!("{}:{mistake}", self.name))
                .collect();
            CommandError::Usage(format!("the landscape file is wrong\n{}", told.join("\n")))
        })
    }
}

/// Makes keys and secrets by the randomness of the operating system.
#[derive(Debug)]
pub struct Fresh(Env);

impl Default for Fresh {
    fn default() -> Self {
        Self(Env::new(0, random_seed()))
    }
}

impl Maker for Fresh {
    fn key(&self, _: &str) -> SigningKey {
        SigningKey::generate()
    }

    fn secret(&self, name: &str) -> String {
        self.0.draw_uuid(name)
    }
}

/// The reference landscape on published keys.
///
/// It is made once in a process, and its keys keep their signatures: every certificate in it costs one, and tests and proofs want it thousands
/// of times.
pub fn published_reference(profile: Profile) -> Loaded {
    static PUBLISHED: OnceLock<Loaded> = OnceLock::new();
    let made = PUBLISHED.get_or_init(|| {
        let signatures: Arc<dyn Signatures> = Arc::new(KeptSignatures::default());
        let keys = ReferenceKeys::published().keeping(&signatures);
        Loaded {
            landscape: reference::reference(Profile::default(), &keys, &reference::published_secret),
            keys: keys.keyring(),
        }
    });
    let mut loaded = made.clone();
    loaded.landscape.profile = profile;
    loaded
}

/// Who is who in [`published_reference`], under the profile of this name.
pub fn published_target(profile: &str) -> Target {
    static PUBLISHED: OnceLock<Target> = OnceLock::new();
    let made = PUBLISHED.get_or_init(|| {
        let Loaded { landscape, keys } = published_reference(Profile::default());
        players::target_of(&landscape, &keys)
    });
    Target {
        profile: profile.to_owned(),
        ..made.clone()
    }
}

/// The reference landscape on keys and secrets that nobody else has.
pub fn fresh_reference(profile: Profile) -> Loaded {
    let (keys, maker) = (ReferenceKeys::fresh(), Fresh::default());
    Loaded {
        landscape: reference::reference(profile, &keys, &|name| maker.secret(name)),
        keys: keys.keyring(),
    }
}

/// Issuer text, key id and key of the issuer that is lent to scenarios: the one whose key is named `lent`, where a pod trusts it.
pub fn lent<'a>(landscape: &'a Landscape, keys: &'a Keyring) -> Option<(&'a str, &'a str, &'a SigningKey)> {
    let key = keys.get("lent")?;
    let thumbprint = key.public().thumbprint();
    let mut trusted = landscape.pods.values().flat_map(|pod| &pod.trusted);
    let trusted = trusted.find(|trusted| trusted.key.thumbprint() == thumbprint)?;
    Some((&trusted.issuer, &trusted.key_id, key))
}
