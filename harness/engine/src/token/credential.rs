//! Which members, parameters, fields and header fields hold a credential, going by their names.

/// Names that are a credential's as they stand.
const NAMES: [&str; 3] = ["code", "device_code", "code_verifier"];
/// What names of credentials end in.
const ENDINGS: [&str; 6] = ["token", "secret", "password", "assertion", "cookie", "authorization"];

/// Whether what is called so may open something, and must not be shown.
pub fn is_credential(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    NAMES.contains(&name.as_str()) || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::is_credential;

    #[test]
    fn credentials_are_known_by_their_names() {
        for name in [
            "code",
            "refresh_token",
            "device_code",
            "id_token",
            "password",
            "client_secret",
            "client_assertion",
            "Set-Cookie",
            "clientSecret",
        ] {
            assert!(is_credential(name), "{name}");
        }
        for name in [
            "",
            "state",
            "error",
            "token_type",
            "response_code",
            "user_code",
            "iss",
            "at_hash",
            "ETag",
        ] {
            assert!(!is_credential(name), "{name}");
        }
    }
}
