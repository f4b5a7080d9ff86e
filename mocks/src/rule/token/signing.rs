//! Checks on who signed a token, and how.

use crate::jose::from_base64;
use crate::jose::key::{OtherSignature, PublicKey, mac_verifies, pem};
use crate::jose::object::Typed;
use crate::rule::Verdict;
use crate::rule::token::{KeyFound, SignedToken};

/// `alg` is RS256, exactly.
pub fn algorithm(token: &SignedToken) -> Verdict {
    let Some(header) = token.header() else {
        return Verdict::NotApplicable;
    };
    let algorithm = match header.text("alg") {
        Typed::Absent => return Verdict::violated("missing", "`alg` is missing; RS256 is wanted"),
        Typed::WrongType => return Verdict::violated("not-text", "`alg` is not a text; RS256 is wanted"),
        Typed::Is(algorithm) => algorithm,
    };
    let cause = match algorithm.as_str() {
        "RS256" => return Verdict::Held,
        "none"
            if token
                .compact
                .signature
                .as_ref()
                .is_some_and(|signature| !signature.is_empty()) =>
        {
            "unsigned-with-leftover"
        }
        "none" => "unsigned",
        other if other.eq_ignore_ascii_case("none") => "unsigned-in-other-case",
        other if other.eq_ignore_ascii_case("RS256") => "other-case",
        other if other.starts_with("HS") => mac_cause(token),
        _ => "other-algorithm",
    };
    Verdict::violated(cause, "`alg` is not RS256")
}

/// What a MAC was keyed by, as far as anybody but the sender can know it.
fn mac_cause(token: &SignedToken) -> &'static str {
    let (Some(tag), input) = (&token.compact.signature, token.compact.signing_input.as_bytes()) else {
        return "mac";
    };
    let keyed_by = |secret: &[u8]| mac_verifies(secret, input, tag);
    for key in token.key.keys() {
        let public = key.to_pem();
        if keyed_by(public.as_bytes()) || keyed_by(public.trim_end().as_bytes()) {
            return "mac-by-public-key";
        }
        if keyed_by(&key.to_der()) || keyed_by(key.to_jwk().as_bytes()) || keyed_by(jwk_by_type_first(key).as_bytes()) {
            return "mac-by-public-key-in-other-encodings";
        }
    }
    if let KeyFound::Found(_, Some(certificate)) = &token.key {
        let text = pem("CERTIFICATE", &certificate.der);
        if keyed_by(text.as_bytes()) || keyed_by(text.trim_end().as_bytes()) || keyed_by(&certificate.der) {
            return "mac-by-public-key-in-other-encodings";
        }
    }
    if keyed_by(b"") || keyed_by(b"secret") {
        return "mac-by-guess";
    }
    if token
        .shared_secret
        .is_some_and(|secret| keyed_by(secret.expose().as_bytes()))
    {
        return "mac-by-client-secret";
    }
    "mac"
}

/// The other usual order of a JWK's members.
fn jwk_by_type_first(key: &PublicKey) -> String {
    let jwk: serde_json::Value = serde_json::from_str(&key.to_jwk()).expect("our own JWK is JSON");
    format!(r#"{{"kty":"RSA","n":{},"e":{}}}"#, jwk["n"], jwk["e"])
}

/// `kid` and the thumbprints are texts, where they are there.
pub fn key_names(token: &SignedToken) -> Verdict {
    let Some(header) = token.header() else {
        return Verdict::NotApplicable;
    };
    let wrong = ["kid", "x5t", "x5t#S256"]
        .iter()
        .any(|name| header.text(name).is_wrong());
    if wrong {
        Verdict::violated("not-text", "a name of the key is not a text")
    } else {
        Verdict::Held
    }
}

/// The key is known.
pub fn key(token: &SignedToken) -> Verdict {
    match &token.key {
        KeyFound::Found(..) | KeyFound::AnyOf(_) => Verdict::Held,
        KeyFound::NotFound(cause, detail) => Verdict::violated(cause, detail.clone()),
        KeyFound::Nobody => Verdict::NotApplicable,
    }
}

/// The signature is the key's, over what was sent.
pub fn signature(token: &SignedToken) -> Verdict {
    let keys = token.key.keys();
    // With another algorithm let through, or no third part, there is nothing that this rule could verify.
    let algorithm_is_ours = token
        .header()
        .and_then(|header| header.text("alg").value())
        .is_some_and(|name| name == "RS256");
    let (Some(signature), true, false) = (&token.compact.signature, algorithm_is_ours, keys.is_empty()) else {
        return Verdict::NotApplicable;
    };
    let input = token.compact.signing_input.as_bytes();
    if keys.iter().any(|key| key.verifies(input, signature)) {
        return Verdict::Held;
    }
    if signature.is_empty() {
        return Verdict::violated("empty", "the signature is empty");
    }
    if signature.len() != keys[0].signature_length() {
        return Verdict::violated("length", "the signature has not the length of the key");
    }
    let cause = match keys.iter().find_map(|key| key.other_signature(input, signature)) {
        Some(OtherSignature::OtherPadding) => "other-padding",
        Some(OtherSignature::OtherHash) => "other-hash",
        None if header_key(token).is_some_and(|key| key.verifies(input, signature)) => "key-from-header",
        None => "mismatch",
    };
    Verdict::violated(cause, "the signature does not verify under the key that was found")
}

/// A key that the token brings along itself.
fn header_key(token: &SignedToken) -> Option<PublicKey> {
    let header = token.header()?;
    if let Some(jwk) = header.json("jwk") {
        return PublicKey::from_jwk(&jwk);
    }
    let chain = header.json("x5c")?;
    let der = from_base64(chain.get(0)?.as_str()?)?;
    key_of_certificate(&der)
}

/// The RSA key inside a certificate: found by its encoding, which is enough to name a cause after the refusal stands.
fn key_of_certificate(der: &[u8]) -> Option<PublicKey> {
    // SEQUENCE { INTEGER of 257 bytes with a leading zero, INTEGER 65537 } is how a 2048-bit key is written.
    const START: [u8; 9] = [0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00];
    let at = der.windows(START.len()).position(|window| window == START)? + START.len();
    PublicKey::from_components(der.get(at..at + 256)?, &[1, 0, 1])
}
