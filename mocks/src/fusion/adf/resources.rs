//! The resources of the classic REST stack: their attributes, the privileges that open them, and what of them is audited.
//!
//! `selfDetails` and `userAccounts` are known (FUSION-320, FUSION-322), `erpintegrations` by the privilege that gates it (FUSION-405).
//! Invoices and accounts are made up: small resources that show data access, children and writing.

use crate::landscape::{
    ACCOUNTS_PRIVILEGE, AUDIT_HISTORY_PRIVILEGE, ERP_INTEGRATION_PRIVILEGE, INVOICES_PRIVILEGE,
    INVOICES_READ_PRIVILEGE, IT_SECURITY_MANAGER_ROLE, SELF_DETAILS_PRIVILEGE, USER_ACCOUNTS_PRIVILEGE,
    USER_ACCOUNTS_READ_PRIVILEGE,
};

/// The context roots of the stack (FUSION-301).
pub static CONTEXTS: &[&str] = &["fscmRestApi", "hcmRestApi", "crmRestApi"];

/// The version of every resource, and the word for the newest one (FUSION-301).
pub static VERSIONS: &[&str] = &["11.13.18.05", "latest"];

/// The framework versions that are taken (FUSION-305).
pub const FRAMEWORK_VERSIONS: std::ops::RangeInclusive<u8> = 1..=9;

/// The type of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// A text.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
}

/// An attribute of a resource.
#[derive(Clone, Copy, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: Type,
    /// Whether a request may set it.
    pub writable: bool,
    /// Whether it must be there when a row is made.
    pub required: bool,
}

const fn text(name: &'static str) -> Attribute {
    Attribute {
        name,
        kind: Type::Text,
        writable: false,
        required: false,
    }
}

const fn number(name: &'static str) -> Attribute {
    Attribute {
        kind: Type::Number,
        ..text(name)
    }
}

const fn boolean(name: &'static str) -> Attribute {
    Attribute {
        kind: Type::Boolean,
        ..text(name)
    }
}

impl Attribute {
    const fn writable(self) -> Self {
        Self { writable: true, ..self }
    }

    const fn required(self) -> Self {
        Self {
            writable: true,
            required: true,
            ..self
        }
    }
}

/// What a privilege opens of a resource (FUSION-402).
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    /// The privilege.
    pub privilege: &'static str,
    /// The methods.
    pub methods: &'static [&'static str],
}

/// How changes of a resource are audited (FUSION-410).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Auditing {
    /// The product code.
    pub product: &'static str,
    /// The type of the business object.
    pub object: &'static str,
    /// Whether it was switched on; without, nothing is recorded (FUSION-413).
    pub is_on: bool,
}

/// A resource.
#[derive(Debug)]
pub struct Resource {
    /// The context root that it stands below.
    pub context: &'static str,
    /// Its name in addresses.
    pub name: &'static str,
    /// The attribute that stands in the address of an item.
    pub key: &'static str,
    /// Its attributes, in their order.
    pub attributes: &'static [Attribute],
    /// The privileges that open it.
    pub openings: &'static [Opening],
    /// The methods that its collection takes.
    pub collection: &'static [&'static str],
    /// The methods that its items take.
    pub item: &'static [&'static str],
    /// The name of the rows below its rows, which its own privilege opens too (FUSION-404).
    pub child: Option<&'static str>,
    /// The attribute by which data roles narrow it (FUSION-401).
    pub secured_by: Option<&'static str>,
    /// How it is audited.
    pub audited: Option<Auditing>,
}

/// The product and object under which changes of users are audited: `OPSS` is the code for security (FUSION-413).
pub const USERS_AUDITED: Auditing = Auditing {
    product: "OPSS",
    object: "User",
    is_on: true,
};

/// What opens SCIM: the role for security is assumed, as for the Security Console (FUSION-407).
pub static SCIM_OPENINGS: &[Opening] = &[Opening {
    privilege: IT_SECURITY_MANAGER_ROLE,
    methods: &["GET", "POST", "PUT", "PATCH", "DELETE"],
}];

/// What opens the audit history (FUSION-413).
pub static AUDIT_OPENINGS: &[Opening] = &[Opening {
    privilege: AUDIT_HISTORY_PRIVILEGE,
    methods: &["POST"],
}];

const TRACE: [Attribute; 4] = [
    text("CreatedBy"),
    text("CreationDate"),
    text("LastUpdatedBy"),
    text("LastUpdateDate"),
];

const READS: &[&str] = &["GET"];
const ALL: &[&str] = &["GET", "POST", "PATCH", "DELETE"];

/// Every resource.
pub static RESOURCES: &[Resource] = &[
    Resource {
        context: "hcmRestApi",
        name: "selfDetails",
        key: "selfDetailsUniqID",
        attributes: &[
            number("PersonId"),
            text("PersonNumber"),
            text("Username"),
            text("DisplayName"),
            text("selfDetailsUniqID"),
        ],
        openings: &[Opening {
            privilege: SELF_DETAILS_PRIVILEGE,
            methods: READS,
        }],
        collection: READS,
        item: READS,
        child: None,
        secured_by: None,
        audited: None,
    },
    Resource {
        context: "hcmRestApi",
        name: "userAccounts",
        key: "UserId",
        attributes: &[
            number("UserId"),
            text("Username"),
            boolean("SuspendedFlag").writable(),
            number("PersonId"),
            text("PersonNumber"),
            boolean("CredentialsEmailSentFlag"),
            text("GUID"),
            TRACE[0],
            TRACE[1],
            TRACE[2],
            TRACE[3],
        ],
        openings: &[
            Opening {
                privilege: USER_ACCOUNTS_PRIVILEGE,
                methods: ALL,
            },
            Opening {
                privilege: USER_ACCOUNTS_READ_PRIVILEGE,
                methods: READS,
            },
        ],
        collection: READS,
        item: &["GET", "PATCH"],
        child: None,
        secured_by: None,
        audited: Some(USERS_AUDITED),
    },
    Resource {
        context: "fscmRestApi",
        name: "invoices",
        key: "InvoiceId",
        attributes: &[
            number("InvoiceId"),
            text("InvoiceNumber").required(),
            text("BusinessUnit").required(),
            text("Supplier").writable(),
            number("InvoiceAmount").writable(),
            TRACE[0],
            TRACE[1],
            TRACE[2],
            TRACE[3],
        ],
        openings: &[
            Opening {
                privilege: INVOICES_PRIVILEGE,
                methods: ALL,
            },
            Opening {
                privilege: INVOICES_READ_PRIVILEGE,
                methods: READS,
            },
        ],
        collection: &["GET", "POST"],
        item: &["GET", "PATCH", "DELETE"],
        child: Some("invoiceLines"),
        secured_by: Some("BusinessUnit"),
        audited: Some(Auditing {
            product: "AP",
            object: "Invoice",
            is_on: true,
        }),
    },
    Resource {
        context: "fscmRestApi",
        name: "erpintegrations",
        key: "DocumentId",
        attributes: &[number("DocumentId"), text("OperationName")],
        openings: &[Opening {
            privilege: ERP_INTEGRATION_PRIVILEGE,
            methods: READS,
        }],
        collection: READS,
        item: READS,
        child: None,
        secured_by: None,
        audited: None,
    },
    Resource {
        context: "crmRestApi",
        name: "accounts",
        key: "PartyId",
        attributes: &[
            number("PartyId"),
            text("OrganizationName").writable(),
            TRACE[0],
            TRACE[1],
            TRACE[2],
            TRACE[3],
        ],
        openings: &[Opening {
            privilege: ACCOUNTS_PRIVILEGE,
            methods: &["GET", "PATCH"],
        }],
        collection: READS,
        item: &["GET", "PATCH"],
        child: None,
        secured_by: None,
        audited: Some(Auditing {
            product: "HZ",
            object: "Account",
            is_on: false,
        }),
    },
];

impl Resource {
    /// The resource of this name below a context root.
    pub fn of(context: &str, name: &str) -> Option<&'static Self> {
        RESOURCES
            .iter()
            .find(|resource| resource.context == context && resource.name == name)
    }

    /// An attribute by name.
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// Whether its rows can be changed. One that is only read does not take a POST at all.
    pub fn is_written(&self) -> bool {
        self.item.contains(&"PATCH")
    }

    /// Whether it has the columns that say who changed a row.
    pub fn is_traced(&self) -> bool {
        self.attribute("LastUpdatedBy").is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_of_a_resource_is_opened_by_a_privilege() {
        for resource in RESOURCES {
            for method in resource.collection.iter().chain(resource.item) {
                let is_open = resource.openings.iter().any(|opening| opening.methods.contains(method));
                assert!(is_open, "{method} {}", resource.name);
            }
        }
    }

    #[test]
    fn keys_and_data_access_are_by_attributes_that_there_are() {
        for resource in RESOURCES {
            assert!(resource.attribute(resource.key).is_some(), "{}", resource.name);
            if let Some(secured) = resource.secured_by {
                assert!(resource.attribute(secured).is_some(), "{}", resource.name);
            }
            assert!(CONTEXTS.contains(&resource.context), "{}", resource.name);
        }
    }
}
