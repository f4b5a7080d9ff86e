//! Profiles: which behaviour a landscape shows where the RFC and the platform differ, or where sources contradict each other.
//!
//! A profile is a set of switches. Each switch is a row of [`SWITCHES`], with its values, its defaults and the evidence for them; the
//! whole profiles `rfc` and `oracle` are the two columns of defaults.

use std::fmt;

/// A whole profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProfileName {
    /// What the standards say.
    Rfc,
    /// What the platform is documented, seen or thought to do.
    #[default]
    Oracle,
}

impl ProfileName {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Oracle, Self::Rfc];

    /// The name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rfc => "rfc",
            Self::Oracle => "oracle",
        }
    }

    /// The profile of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// One question on which behaviour may differ.
#[derive(Clone, Copy, Debug)]
pub struct Switch {
    /// Its name.
    pub name: &'static str,
    /// What it decides.
    pub says: &'static str,
    /// What it can be set to.
    pub values: &'static [&'static str],
    /// The value under `rfc`.
    pub rfc: &'static str,
    /// The value under `oracle`: the best-evidenced one.
    pub oracle: &'static str,
    /// The facts, contradictions and unknowns behind it.
    pub facts: &'static [&'static str],
}

macro_rules! switches {
    ($($(#[doc = $says:literal])* $constant:ident = $name:literal, [$($value:literal),*], rfc $rfc:literal, oracle $oracle:literal, [$($fact:literal),*];)*) => {
        /// The names of the switches, for code that asks.
        pub mod switch {
            $($(#[doc = $says])* pub const $constant: &str = $name;)*
        }
        /// Every switch there is.
        pub static SWITCHES: &[Switch] = &[$(Switch {
            name: $name,
            says: concat!($($says),*),
            values: &[$($value),*],
            rfc: $rfc,
            oracle: $oracle,
            facts: &[$($fact),*],
        }),*];
    };
}

switches! {
    /// Whether an ID token of the domain serves as a user assertion.
    ID_TOKEN_AS_ASSERTION = "id-token-as-assertion", ["accepted", "refused"], rfc "refused", oracle "accepted", ["IDCS-OAUTH-023"];
    /// Which audiences an assertion may name: the service-wide constant and the domain, the constant alone, or what RFC 7523 allows.
    ASSERTION_AUDIENCE = "assertion-audience", ["constant-or-domain", "constant-only", "issuer-or-token-endpoint"],
        rfc "issuer-or-token-endpoint", oracle "constant-or-domain", ["IDCS-OAUTH-220", "IDCS-OAUTH-C-13"];
    /// Whether an assertion may be used only once.
    SINGLE_USE_ASSERTIONS = "single-use-assertions", ["off", "on"], rfc "off", oracle "off", ["IDCS-OAUTH-716"];
    /// Whether an assertion must carry `jti`.
    TOKEN_ID_REQUIRED = "token-id-required", ["off", "on"], rfc "off", oracle "off", ["IDCS-OAUTH-215"];
    /// Whether an assertion may live for at most an hour.
    ASSERTION_LIFETIME_CAP = "assertion-lifetime-cap", ["off", "on"], rfc "off", oracle "off", ["IDCS-OAUTH-717"];
    /// Whether an assertion must name its key by `kid` or `x5t`.
    KEY_ID_REQUIRED = "key-id-required", ["off", "on"], rfc "off", oracle "on", ["IDCS-OAUTH-202", "IDCS-OAUTH-208"];
    /// Whether a thumbprint alone finds the certificate.
    THUMBPRINT_ALONE = "thumbprint-alone", ["accepted", "refused"], rfc "accepted", oracle "accepted", ["IDCS-OAUTH-715"];
    /// How the subject of an assertion is looked up.
    SUBJECT_MATCH = "subject-match", ["exact", "ignoring-case"], rfc "exact", oracle "ignoring-case", ["IDCS-OAUTH-225", "IDCS-OAUTH-728"];
    /// Whether client and user assertion together need the client credentials grant too.
    TWO_ASSERTIONS_NEED_CLIENT_CREDENTIALS = "two-assertions-need-client-credentials", ["off", "on"],
        rfc "off", oracle "on", ["IDCS-OAUTH-037", "IDCS-OAUTH-136"];
    /// Whether a client needs the allowed operation On behalf of for user assertions.
    ON_BEHALF_OF_REQUIRED = "on-behalf-of-required", ["off", "on"], rfc "off", oracle "off", ["IDCS-OAUTH-C-24"];
    /// Whether users' passwords are exchanged for tokens, which RFC 9700 section 2.4 forbids.
    PASSWORD_GRANT = "password-grant", ["offered", "refused"], rfc "refused", oracle "offered", ["IDCS-OAUTH-029"];
    /// The error code for an existing scope that the client was not given.
    UNGRANTED_SCOPE = "ungranted-scope", ["invalid_scope", "unauthorized_client"],
        rfc "invalid_scope", oracle "invalid_scope", ["IDCS-OAUTH-125", "IDCS-OAUTH-C-21"];
    /// Whether an access token lives no longer than the assertion it was given for.
    TOKEN_LIFE_FOLLOWS_ASSERTION = "token-life-follows-assertion", ["off", "on"], rfc "on", oracle "on", ["IDCS-OAUTH-607"];
    /// Whether a token response names the granted scope.
    SCOPE_IN_ANSWER = "scope-in-answer", ["off", "on"], rfc "on", oracle "off", ["IDCS-OAUTH-042"];
    /// The `typ` of access tokens.
    ACCESS_TOKEN_TYPE = "access-token-type", ["none", "at+jwt"], rfc "at+jwt", oracle "none", ["IDCS-OAUTH-301"];
    /// Whether a refresh token is replaced by a new one when it is used.
    REFRESH_ROTATION = "refresh-rotation", ["off", "on"], rfc "on", oracle "on", ["IDCS-OAUTH-049", "IDCS-OAUTH-C-07"];
    /// What the use of a refresh token that was replaced brings: the end of its family, or a refusal and no more.
    REFRESH_REUSE = "refresh-reuse", ["revokes", "refused"], rfc "revokes", oracle "revokes", ["IDCS-OAUTH-049", "IDCS-OAUTH-C-07", "IDCS-OAUTH-711"];
    /// Whether a client that keeps no secret must send a PKCE challenge.
    PUBLIC_CLIENTS_NEED_PKCE = "public-clients-need-pkce", ["off", "on"], rfc "on", oracle "off", ["IDCS-OAUTH-026", "IDCS-OAUTH-501"];
    /// Which PKCE methods are taken.
    PKCE_PLAIN = "pkce-plain", ["accepted", "refused"], rfc "refused", oracle "refused", ["IDCS-OAUTH-501", "IDCS-OAUTH-C-17"];
    /// Whether the redirect URI must be repeated when a code is redeemed.
    REDIRECT_URI_AT_REDEMPTION = "redirect-uri-at-redemption", ["optional", "required"],
        rfc "required", oracle "optional", ["IDCS-OAUTH-025", "IDCS-OAUTH-C-04"];
    /// Whether an ID token in the fragment must be asked for with a nonce.
    IMPLICIT_NONCE = "implicit-nonce", ["optional", "required"], rfc "required", oracle "optional", ["IDCS-OAUTH-501"];
    /// Who may read the signing keys: any client, those with an administrator's role, or anybody.
    SIGNING_KEYS = "signing-keys", ["any-client", "admin-role", "public"],
        rfc "public", oracle "any-client", ["IDCS-ADMIN-010", "IDCS-ADMIN-015", "IDCS-ADMIN-017", "IDCS-ADMIN-C-1"];
    /// Which operations a signing key lists: those seen, which lack checking, or checking alone.
    KEY_OPERATIONS = "key-operations", ["sig-encrypt", "verify"], rfc "verify", oracle "sig-encrypt", ["IDCS-ADMIN-034"];
    /// The status for a valid token without the role that an administrative endpoint wants.
    ADMIN_NO_ROLE = "admin-no-role", ["401", "403"], rfc "403", oracle "401", ["IDCS-ADMIN-051", "IDCS-ADMIN-901", "IDCS-ADMIN-C-14"];
    /// The status for a stale `If-Match`.
    STALE_VERSION = "stale-version", ["412", "409"], rfc "412", oracle "412", ["IDCS-ADMIN-242", "IDCS-ADMIN-C-5"];
    /// What `itemsPerPage` counts: the page that was asked for, or what is in it.
    ITEMS_PER_PAGE = "items-per-page", ["asked", "returned"], rfc "returned", oracle "asked", ["IDCS-ADMIN-221", "IDCS-ADMIN-C-15"];
    /// As which type of domain requests are limited, where a domain has no type of its own; `off` limits nothing.
    REQUEST_LIMITS = "request-limits", ["off", "free", "oracle-apps", "oracle-apps-premium", "premium", "external-user"],
        rfc "off", oracle "off", ["IDCS-OAUTH-605", "IDCS-ADMIN-612"];
    /// Which discovery document a domain shows: the live one, or the older one of the documents.
    DISCOVERY_DOCUMENT = "discovery-document", ["live", "documented"],
        rfc "live", oracle "live", ["IDCS-OAUTH-523", "IDCS-OAUTH-C-19", "IDCS-ADMIN-106", "IDCS-ADMIN-C-3"];
    /// Whether a pod trusts the certificate of another domain's key only together with that of its authority.
    CERTIFICATE_CHAIN = "certificate-chain", ["whole", "leaf"], rfc "whole", oracle "whole", ["FUSION-216"];
    /// Which user a token stands for whose `sub` and `prn` differ: nobody, the one of `prn`, or the one of `sub`.
    TWO_NAMES = "two-names", ["refused", "prn", "sub"], rfc "refused", oracle "refused", ["FUSION-205", "FUSION-211", "FUSION-U-10"];
    /// Whether a user who is locked in a pod is let in by a token that a third party signed itself.
    LOCKED_USERS = "locked-users", ["let-in-by-third-parties", "refused"],
        rfc "refused", oracle "let-in-by-third-parties", ["FUSION-203", "FUSION-U-04"];
    /// Whether the token relay wants the header against forged requests.
    TOKEN_RELAY_HEADER = "token-relay-header", ["required", "not-asked-for"],
        rfc "required", oracle "required", ["FUSION-509", "FUSION-C-07"];
    /// Whom the token relay sends to sign in where nobody is: those who take pages, everybody or nobody.
    TOKEN_RELAY_SIGN_IN = "token-relay-sign-in", ["those-who-take-pages", "always", "never"],
        rfc "those-who-take-pages", oracle "those-who-take-pages", ["FUSION-505", "FUSION-C-08"];
    /// Whether agents take a token that was relayed for their scope: together with its session, or not at all.
    RELAYED_TOKEN = "relayed-token", ["with-its-session", "refused"],
        rfc "with-its-session", oracle "with-its-session", ["FUSION-511", "FUSION-515", "FUSION-C-05"];
    /// How the ADF stack of a pod refuses a bearer token.
    CHALLENGE = "challenge", ["owsm", "rfc"], rfc "rfc", oracle "owsm", ["FUSION-310", "FUSION-U-01"];
    /// Whether the pod's profile option for the authorization of agents is switched on.
    AGENT_AUTHORIZATION = "agent-authorization", ["on", "off"], rfc "on", oracle "on", ["FUSION-025"];
    /// Whether the pod's security tables are current, or stale as after a refresh.
    SECURITY_TABLES = "security-tables", ["current", "stale"], rfc "current", oracle "current", ["FUSION-026"];
    /// Whether the pod takes requests from some networks only, of which the caller's is none, and how it refuses then.
    LOCATION_ACCESS = "location-access", ["open", "401", "403"], rfc "open", oracle "open", ["FUSION-222"];
    /// The framework version of classic REST requests that name none.
    FRAMEWORK_VERSION = "framework-version", ["1", "3"], rfc "1", oracle "1", ["FUSION-305", "FUSION-C-14"];
    /// How a user is answered who has the privilege for rows and no data access: without rows, or with 403.
    NO_DATA_ACCESS = "no-data-access", ["empty", "forbidden"], rfc "empty", oracle "empty", ["FUSION-318", "FUSION-401"];
    /// The status of an agent call that was taken on.
    INVOKE_STATUS = "invoke-status", ["200", "202"], rfc "202", oracle "200", ["FUSION-C-01"];
    /// The member that holds what an agent said.
    AGENT_OUTPUT = "agent-output", ["output", "answer"], rfc "output", oracle "output", ["FUSION-C-02"];
    /// The status for a caller without any role on an integration instance.
    OIC_NO_ROLE = "oic-no-role", ["401", "403"], rfc "403", oracle "401", ["OIC-050", "OIC-203", "OIC-C-03"];
    /// Whether each scope of an integration instance opens its own purpose only, or either.
    OIC_SCOPE_PURPOSE = "oic-scope-purpose", ["own", "either"], rfc "own", oracle "own", ["OIC-112", "OIC-114", "OIC-C-02"];
    /// Whether an integration instance takes tokens that are for the whole account.
    OIC_ACCOUNT_WIDE = "oic-account-wide", ["accepted", "refused"], rfc "refused", oracle "accepted", ["OIC-119", "OIC-208"];
    /// How a connection test that failed is answered.
    OIC_TEST_FAILURE = "oic-test-failure", ["500", "200"], rfc "500", oracle "500", ["OIC-080", "OIC-206"];
}

/// Which behaviour a landscape shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The whole profile that it starts from, which also chooses the form of every denial.
    pub name: ProfileName,
    values: Vec<&'static str>,
}

impl Default for Profile {
    fn default() -> Self {
        Self::whole(ProfileName::default())
    }
}

impl Profile {
    /// A whole profile, every switch at its default.
    pub fn whole(name: ProfileName) -> Self {
        let values = SWITCHES
            .iter()
            .map(|switch| match name {
                ProfileName::Rfc => switch.rfc,
                ProfileName::Oracle => switch.oracle,
            })
            .collect();
        Self { name, values }
    }

    /// Sets one switch.
    ///
    /// # Errors
    ///
    /// Names the switch or the values that there are, where one of the two does not exist.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), UnknownSwitch> {
        let unknown = || UnknownSwitch {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        let index = SWITCHES
            .iter()
            .position(|switch| switch.name == name)
            .ok_or_else(unknown)?;
        self.values[index] = SWITCHES[index]
            .values
            .iter()
            .find(|known| **known == value)
            .ok_or_else(unknown)?;
        Ok(())
    }

    /// The value of a switch.
    pub fn value(&self, name: &str) -> &'static str {
        let index = SWITCHES
            .iter()
            .position(|switch| switch.name == name)
            .expect("code asks only for switches of the table");
        self.values[index]
    }

    /// Whether a switch stands at this value.
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.value(name) == value
    }

    /// Whether a switch of two values is on.
    pub fn has(&self, name: &str) -> bool {
        self.is(name, "on")
    }
}

/// There is no such switch, or it has no such value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no switch `{name}` that could be `{value}`")]
pub struct UnknownSwitch {
    /// The name that was given.
    pub name: String,
    /// The value that was given.
    pub value: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_values_of_their_switch() {
        for switch in SWITCHES {
            assert!(switch.values.contains(&switch.rfc), "{}", switch.name);
            assert!(switch.values.contains(&switch.oracle), "{}", switch.name);
        }
    }

    #[test]
    fn a_switch_takes_only_its_own_values() {
        let mut profile = Profile::default();
        assert_eq!(profile.set(switch::INVOKE_STATUS, "202"), Ok(()));
        assert!(profile.is(switch::INVOKE_STATUS, "202"));
        assert!(profile.set(switch::INVOKE_STATUS, "418").is_err());
        assert!(profile.set("no-such-switch", "on").is_err());
    }
}
