//! Which endpoints of administration there are, the methods that each takes, and which of the domain's roles open it (IDCS-ADMIN-521 to
//! IDCS-ADMIN-526). One table, for the rules, for `Allow` and for whoever lists them.
//!
//! Of the two readings of who may do what for themselves (IDCS-ADMIN-C-10) it has the narrow one: the role that every client holds opens
//! nothing here.

use crate::landscape::directory::RecordKind;

/// What every path of administration begins with (IDCS-ADMIN-201).
pub const PREFIX: &str = "/admin/v1/";

const DOMAIN: &str = "Identity Domain Administrator";
const APPLICATIONS: &str = "Application Administrator";
const SECURITY: &str = "Security Administrator";
const USERS: &str = "User Administrator";
const ME: &str = "Me";

/// What is behind an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind {
    /// Records of a kind.
    Records(RecordKind),
    /// The record of the token's user (IDCS-ADMIN-344).
    Me,
    /// The applications that the token's user was given (IDCS-ADMIN-345).
    MyApps,
    /// What activates an application and switches it off (IDCS-ADMIN-321).
    StatusChanger,
    /// What makes a client a new secret (IDCS-ADMIN-322).
    SecretRegenerator,
}

/// An endpoint of administration.
#[derive(Debug)]
pub struct Collection {
    /// Its name in the path.
    pub name: &'static str,
    /// What is behind it.
    pub behind: Behind,
    /// The methods that it takes as a whole.
    pub on_all: &'static [&'static str],
    /// The methods that one thing in it takes.
    pub on_one: &'static [&'static str],
    /// The roles that may read.
    pub readers: &'static [&'static str],
    /// The roles that may write.
    pub writers: &'static [&'static str],
}

/// Every endpoint of administration but the signing keys, which have rules of their own.
pub static COLLECTIONS: &[Collection] = &[
    Collection {
        name: "Apps",
        behind: Behind::Records(RecordKind::App),
        on_all: &["GET", "POST"],
        on_one: &["GET", "PUT", "PATCH", "DELETE"],
        readers: &[DOMAIN, APPLICATIONS, SECURITY, USERS],
        writers: &[DOMAIN, APPLICATIONS, SECURITY],
    },
    Collection {
        name: "AppStatusChanger",
        behind: Behind::StatusChanger,
        on_all: &[],
        on_one: &["PUT"],
        readers: &[],
        writers: &[DOMAIN, APPLICATIONS],
    },
    Collection {
        name: "AppClientSecretRegenerator",
        behind: Behind::SecretRegenerator,
        on_all: &["POST"],
        on_one: &[],
        readers: &[],
        writers: &[DOMAIN, APPLICATIONS, SECURITY],
    },
    Collection {
        name: "AppRoles",
        behind: Behind::Records(RecordKind::AppRole),
        on_all: &["GET", "POST"],
        on_one: &["GET", "PUT", "PATCH", "DELETE"],
        readers: &[DOMAIN, APPLICATIONS, USERS],
        writers: &[DOMAIN, APPLICATIONS],
    },
    Collection {
        name: "Grants",
        behind: Behind::Records(RecordKind::Grant),
        on_all: &["GET", "POST"],
        // There is no replacing of a grant (IDCS-ADMIN-336).
        on_one: &["GET", "PATCH", "DELETE"],
        readers: &[DOMAIN, APPLICATIONS, USERS],
        writers: &[DOMAIN, APPLICATIONS, USERS],
    },
    Collection {
        name: "Users",
        behind: Behind::Records(RecordKind::User),
        on_all: &["GET", "POST"],
        on_one: &["GET", "PUT", "PATCH", "DELETE"],
        readers: &[DOMAIN, APPLICATIONS, SECURITY, USERS],
        writers: &[DOMAIN, USERS],
    },
    Collection {
        name: "Groups",
        behind: Behind::Records(RecordKind::Group),
        on_all: &["GET", "POST"],
        on_one: &["GET", "PUT", "PATCH", "DELETE"],
        readers: &[DOMAIN, APPLICATIONS, SECURITY, USERS],
        writers: &[DOMAIN, USERS],
    },
    Collection {
        name: "Me",
        behind: Behind::Me,
        on_all: &["GET", "PUT", "PATCH"],
        on_one: &[],
        readers: &[ME],
        writers: &[ME],
    },
    Collection {
        name: "MyApps",
        behind: Behind::MyApps,
        on_all: &["GET"],
        on_one: &[],
        readers: &[ME],
        writers: &[ME],
    },
    Collection {
        name: "Settings",
        behind: Behind::Records(RecordKind::Settings),
        on_all: &["GET"],
        on_one: &["GET", "PUT", "PATCH"],
        readers: &[DOMAIN, SECURITY],
        writers: &[DOMAIN, SECURITY],
    },
    Collection {
        name: "KmsiSettings",
        behind: Behind::Records(RecordKind::StayingSignedIn),
        on_all: &["GET"],
        on_one: &["GET", "PUT", "PATCH"],
        // It is in no table of roles; those of the settings are assumed.
        readers: &[DOMAIN, SECURITY],
        writers: &[DOMAIN, SECURITY],
    },
    Collection {
        name: "OAuthClientCertificates",
        behind: Behind::Records(RecordKind::ClientCertificate),
        on_all: &["GET", "POST"],
        // A certificate is replaced by taking it out and putting in another one (IDCS-ADMIN-361).
        on_one: &["GET", "DELETE"],
        readers: &[DOMAIN, APPLICATIONS, SECURITY, USERS],
        writers: &[DOMAIN, APPLICATIONS, SECURITY],
    },
    Collection {
        name: "OAuthPartnerCertificates",
        behind: Behind::Records(RecordKind::PartnerCertificate),
        on_all: &["GET", "POST"],
        on_one: &["GET", "DELETE"],
        readers: &[DOMAIN, SECURITY],
        writers: &[DOMAIN, SECURITY],
    },
    Collection {
        name: "TrustedPartnerCertificates",
        behind: Behind::Records(RecordKind::TrustedPartnerCertificate),
        on_all: &["GET", "POST"],
        on_one: &["GET", "DELETE"],
        // It is in no table of roles (IDCS-ADMIN-363); those of the other store of partners are assumed.
        readers: &[DOMAIN, SECURITY],
        writers: &[DOMAIN, SECURITY],
    },
    Collection {
        name: "IdentityPropagationTrusts",
        behind: Behind::Records(RecordKind::PropagationTrust),
        on_all: &["GET", "POST"],
        on_one: &["GET", "PUT", "PATCH", "DELETE"],
        // It is in no table of roles; the narrower of the two that hold certificates is assumed.
        readers: &[DOMAIN, SECURITY],
        writers: &[DOMAIN, SECURITY],
    },
];

/// Which part of an endpoint is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// All of it.
    All,
    /// Its search, with the question in the body (IDCS-ADMIN-204).
    Search,
    /// One thing in it, by its id.
    One(String),
}

/// What a path asks for.
#[derive(Clone, Debug)]
pub struct AdminRoute {
    /// The endpoint.
    pub collection: &'static Collection,
    /// Which part of it.
    pub place: Place,
}

impl AdminRoute {
    /// The route of a path; `None` where nothing is.
    pub fn of(path: &str) -> Option<Self> {
        let mut parts = path.strip_prefix(PREFIX)?.split('/');
        let name = parts.next()?;
        let collection = COLLECTIONS.iter().find(|collection| collection.name == name)?;
        let place = match (parts.next(), parts.next()) {
            (None, _) => Place::All,
            (Some(".search"), None) => Place::Search,
            (Some(id), None) if !id.is_empty() => Place::One(plain_id(id).to_owned()),
            _ => return None,
        };
        let route = Self { collection, place };
        (!route.methods().is_empty()).then_some(route)
    }

    /// The methods that it takes, beside `HEAD` and `OPTIONS`.
    pub fn methods(&self) -> &'static [&'static str] {
        match (&self.place, self.collection.behind) {
            (Place::All, _) => self.collection.on_all,
            (Place::One(_), _) => self.collection.on_one,
            (Place::Search, Behind::Records(_) | Behind::MyApps) => &["POST"],
            (Place::Search, _) => &[],
        }
    }

    /// Whether it takes this method.
    pub fn takes(&self, method: &str) -> bool {
        match method {
            "OPTIONS" => true,
            "HEAD" => self.methods().contains(&"GET"),
            method => self.methods().contains(&method),
        }
    }

    /// What `Allow` says.
    pub fn allowed(&self) -> String {
        let head = self.methods().contains(&"GET").then_some("HEAD");
        let all: Vec<&str> = self.methods().iter().copied().chain(head).chain(["OPTIONS"]).collect();
        all.join(", ")
    }

    /// Whether a request by this method changes nothing. A search does not, though it is sent by `POST`.
    pub fn reads(&self, method: &str) -> bool {
        self.place == Place::Search || matches!(method, "GET" | "HEAD")
    }

    /// The roles, one of which a caller by this method must have.
    pub fn roles(&self, method: &str) -> &'static [&'static str] {
        if self.reads(method) {
            self.collection.readers
        } else {
            self.collection.writers
        }
    }
}

/// The 32 digits of an id, which may stand at the end of an OCID (IDCS-ADMIN-201).
pub fn plain_id(id: &str) -> &str {
    match id.strip_prefix("ocid1.") {
        Some(rest) => rest.rsplit('.').next().unwrap_or(rest),
        None => id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::landscape::domain_roles::Role;

    fn route(path: &str) -> Option<AdminRoute> {
        AdminRoute::of(&format!("{PREFIX}{path}"))
    }

    #[test]
    fn a_path_names_all_the_search_or_one() {
        assert_eq!(route("Apps").map(|route| route.place), Some(Place::All));
        assert_eq!(route("Users/.search").map(|route| route.place), Some(Place::Search));
        let one = Some(Place::One("abc".to_owned()));
        assert_eq!(route("Grants/abc").map(|route| route.place), one);
        assert_eq!(route("Grants/ocid1.domaingrant.oc1..abc").map(|route| route.place), one);
        for path in [
            "",
            "Nothing",
            "apps",
            "Apps/",
            "Apps/a/b",
            "Me/.search",
            "Me/a",
            "AppStatusChanger",
        ] {
            assert!(route(path).is_none(), "{path}");
        }
    }

    #[test]
    fn the_table_names_roles_that_there_are() {
        for collection in COLLECTIONS {
            for role in collection.readers.iter().chain(collection.writers) {
                assert!(Role::named(role).is_some(), "{role}");
            }
        }
    }

    #[test]
    fn a_search_reads_though_it_is_posted() {
        let search = route("Users/.search").expect("users can be searched");
        assert!(search.roles("POST").contains(&APPLICATIONS));
        assert!(
            !route("Users")
                .expect("there are users")
                .roles("POST")
                .contains(&APPLICATIONS)
        );
        assert_eq!(search.allowed(), "POST, OPTIONS");
    }
}
