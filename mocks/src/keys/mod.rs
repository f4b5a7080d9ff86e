//! Published test keys, so that tests and embedded runs make none and the tree holds no private key of ours.
//!
//! Everybody has these keys. A server that others can reach makes its own ([`SigningKey::generate`]).

use std::sync::OnceLock;

use crate::jose::key::SigningKey;

macro_rules! published {
    ($($(#[$doc:meta])* $name:ident $says:literal = $file:literal;)*) => {
    /// Every published key, under the name that landscape files give it.
    pub static PUBLISHED: &[(&str, fn() -> SigningKey)] = &[$(($says, $name)),*];
    $(
        $(#[$doc])*
        pub fn $name() -> SigningKey {
            static KEY: OnceLock<SigningKey> = OnceLock::new();
            KEY.get_or_init(|| {
                SigningKey::from_jwk(include_str!(concat!("published/", $file))).expect("a published key parses")
            })
            .clone()
        }
    )*};
}

published! {
    /// RFC 9500 section 2.1: signs the tokens of the reference landscape's home domain.
    rfc9500 "rfc9500" = "rfc9500-2-1.json";
    /// RFC 7515 appendix A.2: the key of the client `backend`.
    rfc7515 "rfc7515" = "rfc7515-a2.json";
    /// RFC 7516 appendix A.1: the key of the client `other-client`.
    rfc7516_a1 "rfc7516-a1" = "rfc7516-a1.json";
    /// RFC 7516 appendix A.2: signs the tokens of the second domain.
    rfc7516_a2 "rfc7516-a2" = "rfc7516-a2.json";
    /// RFC 7517 appendix C.1: the issuer key that embedded servers lend.
    rfc7517 "rfc7517" = "rfc7517-c1.json";
    /// RFC 7520 section 3.4: a second trusted issuer of the pod.
    rfc7520 "rfc7520" = "rfc7520-3-4.json";
    /// RFC 9421 appendix B.1.1: what the home domain signs with after its key rollover.
    rfc9421_b11 "rfc9421-b11" = "rfc9421-b-1-1.json";
    /// RFC 9421 appendix B.1.2: the authority over the signing certificates of the domains.
    rfc9421_b12 "rfc9421-b12" = "rfc9421-b-1-2.json";
}

#[cfg(test)]
mod tests {
    #[test]
    fn published_keys_sign_and_verify() {
        for key in [
            super::rfc9500(),
            super::rfc7515(),
            super::rfc7516_a1(),
            super::rfc7516_a2(),
            super::rfc7517(),
            super::rfc7520(),
            super::rfc9421_b11(),
            super::rfc9421_b12(),
        ] {
            assert!(key.public().verifies(b"input", &key.sign(b"input")));
        }
    }
}
