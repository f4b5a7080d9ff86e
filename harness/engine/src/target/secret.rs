//! Secrets: a type that shows nothing, and references that are followed only when the secret is used.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::{Deserialize, Deserializer, de};

/// The largest file that is read as a secret; keys are far smaller, and PKCS#12 files with chains are smaller still.
const MOST_BYTES: u64 = 64 * 1024;

/// A text that must not be shown. It has no `Display`, and its `Debug` says nothing.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Keeps a text that somebody in this process made.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text itself, for the one place that it is meant for.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(..)")
    }
}

/// Bytes that must not be shown: a key file need not be text.
pub struct SecretBytes(SecretSlice<u8>);

impl SecretBytes {
    /// The bytes themselves, for the one place that they are meant for.
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretBytes(..)")
    }
}

/// Where a secret is found.
#[derive(Clone, Debug)]
pub enum SecretReference {
    /// An environment variable.
    Environment(String),
    /// A file. As it is written, relative to the target file.
    File(PathBuf),
    /// A command that prints it. Refused unless the caller runs it and gives [`SecretReference::Given`] instead.
    Command(Vec<String>),
    /// The secret itself, for targets that are built in code. No file can say this.
    Given(Secret),
}

/// Why a secret could not be had. Never holds a part of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The variable is not set, or not text.
    #[error("the environment variable {name} is not set to a text", name = shown_variable(.0))]
    Environment(String),
    /// The file cannot be read.
    #[error("the file {path} cannot be read: {why}", path = shown_path(.path))]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
    /// The file is larger than any secret.
    #[error("the file {0} is too large for a secret")]
    TooLarge(PathBuf),
    /// Other people may read the file.
    #[error("the file {0} can be read by others: its mode must be 0600")]
    Open(PathBuf),
    /// The file is no text, and a text is wanted.
    #[error("the file {0} is no UTF-8 text")]
    NotText(PathBuf),
    /// The reference is a command.
    #[error("the secret is printed by a command, and commands run only with --allow-commands")]
    Command,
}

/// The name of a variable, if it looks like one: whoever typed the secret itself must not read it in an error.
fn shown_variable(name: &str) -> &str {
    let is_name = name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.contains('_')
        && name.len() <= 64
        && name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    if is_name {
        name
    } else {
        "(not shown: it does not look like a name)"
    }
}

/// The path of a file that is not there, if it ends as paths of files do.
fn shown_path(path: &Path) -> std::borrow::Cow<'_, str> {
    let is_short = path.file_name().is_some_and(|name| name.len() <= 64);
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let is_ending = (1..=8).contains(&ending.len())
        && ending
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if path.exists() || is_short && is_ending {
        path.to_string_lossy()
    } else {
        "(not shown: it does not look like a path)".into()
    }
}

impl SecretReference {
    /// The same reference for a reader who does not stand in the folder that it is relative to.
    #[must_use]
    pub fn relative_to(self, folder: &Path) -> Self {
        match self {
            Self::File(path) => Self::File(folder.join(path)),
            other => other,
        }
    }

    /// Follows the reference. One line break at the end does not belong to the secret.
    pub fn resolve(&self) -> Result<Secret, SecretError> {
        match self {
            Self::Given(secret) => Ok(secret.clone()),
            Self::Environment(name) => std::env::var(name)
                .map(Secret::from_text)
                .map_err(|_| SecretError::Environment(name.clone())),
            Self::File(path) => {
                let bytes = read(path)?;
                let text = std::str::from_utf8(bytes.expose()).map_err(|_| SecretError::NotText(path.clone()))?;
                Ok(Secret::from_text(without_line_break(text)))
            }
            Self::Command(_) => Err(SecretError::Command),
        }
    }

    /// Follows the reference to bytes, as they are.
    pub fn resolve_bytes(&self) -> Result<SecretBytes, SecretError> {
        match self {
            Self::File(path) => read(path),
            _ => Ok(SecretBytes(self.resolve()?.expose().as_bytes().to_vec().into())),
        }
    }
}

/// A text without the one line break at its end that editors and commands add.
pub fn without_line_break(text: &str) -> &str {
    text.strip_suffix('\n')
        .map_or(text, |text| text.strip_suffix('\r').unwrap_or(text))
}

fn read(path: &Path) -> Result<SecretBytes, SecretError> {
    let failed = |why| SecretError::File {
        path: path.to_owned(),
        why,
    };
    let about = fs::metadata(path).map_err(failed)?;
    if about.len() > MOST_BYTES {
        return Err(SecretError::TooLarge(path.to_owned()));
    }
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o077 != 0 {
        return Err(SecretError::Open(path.to_owned()));
    }
    Ok(SecretBytes(fs::read(path).map_err(failed)?.into()))
}

/// A reference as it is written: a table with one key.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Written {
    /// An environment variable.
    Env(String),
    /// A file, relative to the target file.
    File(String),
    /// A command that prints it.
    Command(Vec<String>),
}

impl<'de> Deserialize<'de> for SecretReference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// Refuses a plain text before anything can repeat it.
        struct OnlyTables;

        impl<'de> de::Visitor<'de> for OnlyTables {
            type Value = Written;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("{ env = \"NAME\" } or { file = \"PATH\" }")
            }

            fn visit_str<E: de::Error>(self, _: &str) -> Result<Written, E> {
                Err(E::custom(
                    "a secret must not stand in the file: expected { env = \"NAME\" } or { file = \"PATH\" }",
                ))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Written, A::Error> {
                Written::deserialize(de::value::MapAccessDeserializer::new(map))
            }
        }

        Ok(match deserializer.deserialize_any(OnlyTables)? {
            Written::Env(name) => Self::Environment(name),
            Written::File(path) => Self::File(path.into()),
            Written::Command(words) => Self::Command(words),
        })
    }
}

impl JsonSchema for SecretReference {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SecretReference".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Written::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_shows_a_secret() {
        let reference = SecretReference::Given(Secret::from_text("hunter2"));
        assert!(!format!("{reference:?}").contains("hunter2"));
        assert_eq!(reference.resolve().expect("a secret").expose(), "hunter2");
    }

    #[test]
    fn a_secret_in_the_place_of_a_name_is_not_repeated() {
        for typed in ["hunter2-hunter2", "-----BEGIN PRIVATE KEY-----\nMIIE", "Zx8/abc+def=="] {
            for reference in [
                SecretReference::Environment(typed.to_owned()),
                SecretReference::File(typed.into()),
            ] {
                let error = reference.resolve().expect_err("nothing is called so").to_string();
                assert!(!error.contains(typed), "{error}");
            }
        }
        let error = SecretReference::Environment("NO_SUCH_VARIABLE".to_owned()).resolve();
        assert!(
            error
                .expect_err("it is not set")
                .to_string()
                .contains("NO_SUCH_VARIABLE")
        );
        let error = SecretReference::File("secrets/no-such.pem".into()).resolve();
        assert!(
            error
                .expect_err("it is not there")
                .to_string()
                .contains("secrets/no-such.pem")
        );
    }

    #[test]
    fn commands_are_not_run() {
        let reference = SecretReference::Command(vec!["true".to_owned()]);
        assert!(matches!(reference.resolve(), Err(SecretError::Command)));
    }

    #[test]
    fn a_plain_text_is_refused_without_being_repeated() {
        let error = serde_json::from_str::<SecretReference>("\"hunter2\"").expect_err("a plain text");
        assert!(error.to_string().contains("must not stand in the file"));
        assert!(!error.to_string().contains("hunter2"));
    }
}
