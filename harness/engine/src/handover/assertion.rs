//! Signs assertions as the target file says that they must be: RS256, the key named by its alias or its thumbprint, a short life.

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::flow::Cast;
use crate::token::Algorithm;

/// How long an assertion holds, in seconds.
pub const LIFE: u64 = 300;

/// An assertion of a client for a user. `client` is a name of the target file, `user` the user name in the domain.
///
/// # Errors
///
/// What the target file lacks, in words; never a part of a key.
pub fn assertion(cast: &Cast, client: &str, user: &str, now: u64) -> Result<String, String> {
    signed(cast, client, Some(user), now)
}

/// An assertion by which a client shows who it is: `iss` and `sub` are its id.
///
/// # Errors
///
/// As [`assertion()`].
pub fn client_assertion(cast: &Cast, client: &str, now: u64) -> Result<String, String> {
    signed(cast, client, None, now)
}

fn signed(cast: &Cast, name: &str, user: Option<&str>, now: u64) -> Result<String, String> {
    let key = cast.key(name).map_err(|error| error.to_string())?;
    let target = cast.target();
    let client = target.clients.get(name).ok_or("there is no such client")?;
    let domain = target.domains.get(&client.domain).ok_or("its domain is missing")?;
    let mut id = [0; 16];
    rand::fill(&mut id).map_err(|_| "the operating system gives no randomness".to_owned())?;
    let mut header = json!({ "alg": "RS256", "typ": "JWT" });
    match (&client.certificate_alias, key.x5t()) {
        (Some(alias), _) => header["kid"] = json!(alias),
        (None, Some(thumbprint)) => header["x5t"] = json!(thumbprint),
        (None, None) => return Err("it has neither a certificate alias nor a certificate".to_owned()),
    }
    let claims = json!({
        "iss": client.id,
        "sub": user.unwrap_or(&client.id),
        "aud": domain.assertion_audience,
        "iat": now,
        "exp": now + LIFE,
        "jti": URL_SAFE_NO_PAD.encode(id),
    });
    let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    let message = format!("{header}.{claims}");
    let signature = URL_SAFE_NO_PAD.encode(key.key.sign(Algorithm::Rs256, message.as_bytes()));
    Ok(format!("{message}.{signature}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::for_tests::target;
    use crate::flow::{Cast, Nature};
    use crate::token::decode;

    #[test]
    fn an_assertion_says_what_the_target_file_says() {
        let cast = Cast::new(target(), Nature::Embedded);
        let of_user = decode(&assertion(&cast, "backend", "ada.example", 1_000).unwrap()).unwrap();
        let of_client = decode(&client_assertion(&cast, "backend", 1_000).unwrap()).unwrap();
        let id = cast.target().clients["backend"].id.as_str();
        assert_eq!(
            (of_user.claims["iss"].as_str(), of_user.claims["sub"].as_str()),
            (Some(id), Some("ada.example"))
        );
        assert_eq!(of_client.claims["sub"], id);
        assert_eq!(of_user.claims["exp"], 1_000 + LIFE);
        assert_ne!(of_user.claims["jti"], of_client.claims["jti"]);
    }

    #[test]
    fn a_client_without_a_key_cannot_sign() {
        let cast = Cast::new(target(), Nature::Embedded);
        assert!(assertion(&cast, "keyless", "ada", 0).unwrap_err().contains("key"));
    }
}
