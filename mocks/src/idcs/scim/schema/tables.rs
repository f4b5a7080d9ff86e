//! What each type of resource is made of (IDCS-ADMIN-301 to -363).
//!
//! Only what the facts name is here; the characteristics are those that the documentation of the product's SDK gives, except where a fact says
//! more. Extensions without attributes are known by their URN only.

use super::{Attribute, Kind, ResourceType, Schema};

macro_rules! oracle {
    ($name:literal) => {
        concat!("urn:ietf:params:scim:schemas:oracle:idcs:", $name)
    };
}

macro_rules! schema {
    ($urn:expr $(, $table:ident)*) => {
        Schema { urn: $urn, attributes: &[$($table),*] }
    };
}

const USER_SCHEMA: Schema = Schema {
    urn: "urn:ietf:params:scim:schemas:core:2.0:User",
    attributes: &[COMMON, USER],
};

const USER_EXTENSIONS: &[Schema] = &[
    schema!(oracle!("extension:user:User"), USER_SERVICE),
    schema!(oracle!("extension:userState:User"), USER_STATE),
    schema!(oracle!("extension:capabilities:User"), USER_CAPABILITIES),
    schema!(oracle!("extension:me:User"), USER_ME),
    schema!(oracle!("extension:OCITags")),
    schema!("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"),
];

const APP_EXTENSIONS: &[Schema] = &[
    schema!(oracle!("extension:radiusApp:App")),
    schema!(oracle!("extension:samlServiceProvider:App")),
    schema!(oracle!("extension:webTierPolicy:App")),
    schema!(oracle!("extension:managedapp:App")),
    schema!(oracle!("extension:formFillApp:App")),
    schema!(oracle!("extension:formFillAppTemplate:AppTemplate")),
    schema!(oracle!("extension:opcService:App")),
    schema!(oracle!("extension:kerberosRealm:App")),
    schema!(oracle!("extension:requestable:App")),
    schema!(oracle!("extension:dbcs:App")),
    schema!(oracle!("extension:enterpriseApp:App")),
    schema!(oracle!("extension:multicloudServiceApp:App")),
    schema!(oracle!("extension:OCITags")),
];

/// Every type of resource that the domain keeps. `Me` is the user who asks (IDCS-ADMIN-344).
pub static RESOURCE_TYPES: &[ResourceType] = &[
    ResourceType {
        name: "App",
        endpoint: "Apps",
        schema: schema!(oracle!("App"), COMMON, APP),
        extensions: APP_EXTENSIONS,
    },
    ResourceType {
        name: "AppRole",
        endpoint: "AppRoles",
        schema: schema!(oracle!("AppRole"), COMMON, APP_ROLE),
        extensions: &[],
    },
    ResourceType {
        name: "Grant",
        endpoint: "Grants",
        schema: schema!(oracle!("Grant"), COMMON, GRANT),
        extensions: &[],
    },
    ResourceType {
        name: "User",
        endpoint: "Users",
        schema: USER_SCHEMA,
        extensions: USER_EXTENSIONS,
    },
    ResourceType {
        name: "Me",
        endpoint: "Me",
        schema: USER_SCHEMA,
        extensions: USER_EXTENSIONS,
    },
    ResourceType {
        name: "MyApp",
        endpoint: "MyApps",
        schema: schema!(oracle!("MyApp"), COMMON, MY_APP),
        extensions: &[],
    },
    ResourceType {
        name: "Group",
        endpoint: "Groups",
        schema: schema!("urn:ietf:params:scim:schemas:core:2.0:Group", COMMON, GROUP),
        extensions: &[],
    },
    ResourceType {
        name: "Setting",
        endpoint: "Settings",
        schema: schema!(oracle!("Settings"), COMMON, SETTING),
        extensions: &[],
    },
    ResourceType {
        name: "KmsiSettings",
        endpoint: "KmsiSettings",
        schema: schema!(oracle!("KmsiSettings"), COMMON, STAYING_SIGNED_IN),
        extensions: &[],
    },
    ResourceType {
        name: "OAuthClientCertificate",
        endpoint: "OAuthClientCertificates",
        schema: schema!(
            oracle!("OAuthClientCertificate"),
            COMMON,
            CERTIFICATE,
            CLIENT_CERTIFICATE
        ),
        extensions: &[],
    },
    ResourceType {
        name: "OAuthPartnerCertificate",
        endpoint: "OAuthPartnerCertificates",
        schema: schema!(
            oracle!("OAuthPartnerCertificate"),
            COMMON,
            CERTIFICATE,
            PARTNER_CERTIFICATE
        ),
        extensions: &[],
    },
    // Its URN is not documented; it follows those of the other two.
    ResourceType {
        name: "TrustedPartnerCertificate",
        endpoint: "TrustedPartnerCertificates",
        schema: schema!(
            oracle!("TrustedPartnerCertificate"),
            COMMON,
            CERTIFICATE,
            CLIENT_CERTIFICATE
        ),
        extensions: &[],
    },
    ResourceType {
        name: "IdentityPropagationTrust",
        endpoint: "IdentityPropagationTrusts",
        schema: schema!(oracle!("IdentityPropagationTrust"), COMMON, PROPAGATION_TRUST),
        extensions: &[],
    },
];

const fn text(path: &'static str) -> Attribute {
    Attribute::new(path, Kind::Text)
}

const fn number(path: &'static str) -> Attribute {
    Attribute::new(path, Kind::Number)
}

const fn boolean(path: &'static str) -> Attribute {
    Attribute::new(path, Kind::Boolean)
}

const fn datetime(path: &'static str) -> Attribute {
    Attribute::new(path, Kind::DateTime)
}

const fn complex(path: &'static str) -> Attribute {
    Attribute::new(path, Kind::Complex)
}

const fn reference(path: &'static str) -> Attribute {
    Attribute::new(path, Kind::Reference)
}

/// What every resource has (IDCS-ADMIN-224, IDCS-ADMIN-225).
static COMMON: &[Attribute] = &[
    text("id").read_only().always().unique(),
    text("ocid").case_exact().immutable().unique(),
    text("schemas").many().required(),
    complex("meta").read_only(),
    text("meta.resourceType").read_only(),
    datetime("meta.created").read_only(),
    datetime("meta.lastModified").read_only(),
    text("meta.location").read_only(),
    text("meta.version").read_only(),
    complex("idcsCreatedBy").read_only(),
    text("idcsCreatedBy.value").case_exact().read_only().required(),
    reference("idcsCreatedBy.$ref").case_exact().read_only(),
    text("idcsCreatedBy.type").read_only(),
    text("idcsCreatedBy.display").case_exact().read_only(),
    text("idcsCreatedBy.ocid").case_exact().read_only(),
    complex("idcsLastModifiedBy").read_only(),
    text("idcsLastModifiedBy.value").case_exact().read_only().required(),
    reference("idcsLastModifiedBy.$ref").case_exact().read_only(),
    text("idcsLastModifiedBy.type").read_only(),
    text("idcsLastModifiedBy.display").case_exact().read_only(),
    text("idcsLastModifiedBy.ocid").case_exact().read_only(),
    text("idcsPreventedOperations").many().read_only().on_request(),
    complex("tags").many().on_request(),
    text("tags.key").required(),
    text("tags.value").required(),
    boolean("deleteInProgress").read_only(),
    text("idcsLastUpgradedInRelease").read_only().on_request(),
    text("domainOcid").read_only(),
    text("compartmentOcid").read_only(),
    text("tenancyOcid").read_only(),
];

/// An application as the user who was given it sees it (IDCS-ADMIN-345).
static MY_APP: &[Attribute] = &[
    text("uid").read_only(),
    text("name").read_only(),
    complex("app").read_only(),
    text("app.value").read_only(),
    reference("app.$ref").read_only(),
    text("app.display").read_only(),
    boolean("app.active").read_only(),
    boolean("app.isAliasApp").read_only(),
    boolean("app.isLoginTarget").read_only(),
    boolean("app.isOPCService").read_only(),
    text("app.loginMechanism").read_only(),
    boolean("app.showInMyApps").read_only(),
    complex("owner").read_only(),
    text("owner.value").read_only(),
    text("owner.display").read_only(),
    boolean("active").read_only(),
    boolean("isAccount").read_only(),
    boolean("favorite").read_only(),
];

/// An application (IDCS-ADMIN-302, IDCS-ADMIN-310).
static APP: &[Attribute] = &[
    text("name").immutable().unique(),
    text("clientSecret").read_only(),
    text("hashedClientSecret").read_only().on_request(),
    text("displayName").always().required().unique(),
    text("description"),
    text("idTokenEncAlgo"),
    boolean("active"),
    boolean("migrated").read_only(),
    boolean("infrastructure").read_only(),
    boolean("isLoginTarget"),
    boolean("showInMyApps"),
    text("loginMechanism").case_exact(),
    boolean("isOAuthClient"),
    text("clientType"),
    text("redirectUris").many(),
    boolean("allUrlSchemesAllowed"),
    text("logoutUri"),
    text("postLogoutRedirectUris").many(),
    text("allowedGrants").many().case_exact(),
    text("allowedOperations").many().case_exact(),
    text("clientIPChecking").case_exact(),
    boolean("isOPCService").read_only(),
    boolean("isUnmanagedApp").immutable(),
    boolean("allowAccessControl"),
    boolean("isOAuthResource"),
    number("accessTokenExpiry"),
    number("refreshTokenExpiry"),
    boolean("allowOffline"),
    text("audience"),
    boolean("isMobileTarget"),
    boolean("isSamlServiceProvider"),
    boolean("isWebTierPolicy"),
    boolean("isKerberosRealm"),
    boolean("isAliasApp").immutable().always(),
    boolean("isManagedApp").read_only(),
    text("serviceTypeURN"),
    text("trustScope").case_exact(),
    text("secondaryAudiences").many(),
    boolean("bypassConsent"),
    complex("protectableSecondaryAudiences").many(),
    text("protectableSecondaryAudiences.value").required(),
    boolean("protectableSecondaryAudiences.readOnly")
        .read_only()
        .on_request(),
    complex("allowedTags").many(),
    text("allowedTags.key").required(),
    text("allowedTags.value").required(),
    boolean("allowedTags.readOnly").read_only().on_request(),
    complex("trustPolicies").many(),
    text("trustPolicies.value").case_exact().required(),
    reference("trustPolicies.$ref").read_only(),
    complex("serviceParams").many().always(),
    text("serviceParams.name").required(),
    text("serviceParams.value"),
    complex("attrRenderingMetadata").many().immutable(),
    text("attrRenderingMetadata.name").case_exact().required(),
    text("attrRenderingMetadata.label"),
    text("attrRenderingMetadata.helptext"),
    text("attrRenderingMetadata.widget"),
    text("attrRenderingMetadata.datatype"),
    text("attrRenderingMetadata.section"),
    number("attrRenderingMetadata.order"),
    boolean("attrRenderingMetadata.required"),
    text("attrRenderingMetadata.regexp"),
    boolean("attrRenderingMetadata.readOnly"),
    boolean("attrRenderingMetadata.visible"),
    number("attrRenderingMetadata.minLength"),
    number("attrRenderingMetadata.maxLength"),
    number("attrRenderingMetadata.minSize"),
    number("attrRenderingMetadata.maxSize"),
    complex("basedOnTemplate").required(),
    text("basedOnTemplate.value")
        .case_exact()
        .immutable()
        .always()
        .required(),
    reference("basedOnTemplate.$ref").read_only(),
    datetime("basedOnTemplate.lastModified").read_only(),
    text("basedOnTemplate.wellKnownId").immutable(),
    complex("grantedAppRoles").many().read_only(),
    text("grantedAppRoles.value").case_exact().read_only().required(),
    reference("grantedAppRoles.$ref").read_only(),
    text("grantedAppRoles.type").read_only(),
    text("grantedAppRoles.display").read_only(),
    text("grantedAppRoles.appId").read_only(),
    text("grantedAppRoles.appName").read_only(),
    boolean("grantedAppRoles.adminRole").read_only(),
    text("grantedAppRoles.legacyGroupName").read_only(),
    boolean("grantedAppRoles.readOnly").read_only().on_request(),
    complex("allowedScopes").many(),
    text("allowedScopes.fqs").case_exact().required(),
    text("allowedScopes.idOfDefiningApp").case_exact().read_only(),
    boolean("allowedScopes.readOnly").read_only(),
    complex("certificates").many(),
    text("certificates.certAlias").always().required(),
    text("certificates.sha1Thumbprint").read_only(),
    text("certificates.kid").read_only(),
    text("certificates.x5t").read_only(),
    text("certificates.x509Base64Certificate").read_only(),
    complex("scopes").many(),
    text("scopes.value").case_exact().required(),
    text("scopes.fqs").case_exact().read_only().unique(),
    text("scopes.description"),
    text("scopes.displayName"),
    boolean("scopes.requiresConsent"),
    boolean("scopes.readOnly").read_only().on_request(),
];

/// A role of an application (IDCS-ADMIN-331).
static APP_ROLE: &[Attribute] = &[
    text("displayName").immutable().always().required(),
    text("uniqueName").read_only().always().unique(),
    text("description"),
    text("legacyGroupName").immutable().unique(),
    boolean("adminRole").immutable(),
    boolean("limitedToOneOrMoreGroups").read_only(),
    boolean("availableToUsers").immutable(),
    boolean("availableToGroups").immutable(),
    boolean("availableToClients").immutable(),
    boolean("public"),
    text("localizedDisplayName").read_only().on_request(),
    complex("app").required(),
    text("app.value").case_exact().immutable().always().required(),
    reference("app.$ref").read_only(),
    text("app.display").read_only().always(),
    text("app.name").read_only(),
    text("app.serviceInstanceIdentifier").read_only(),
    complex("members").many().read_only().on_request(),
    text("members.value").case_exact().always().required(),
    reference("members.$ref").read_only(),
    text("members.display").read_only(),
    text("members.type").case_exact().required(),
];

/// A grant (IDCS-ADMIN-333).
static GRANT: &[Attribute] = &[
    text("grantMechanism").case_exact().immutable().required(),
    text("compositeKey").case_exact().read_only().on_request().unique(),
    boolean("isFulfilled").read_only(),
    text("grantedAttributeValuesJson"),
    complex("appEntitlementCollection"),
    text("appEntitlementCollection.value")
        .case_exact()
        .immutable()
        .required(),
    reference("appEntitlementCollection.$ref").read_only(),
    complex("grantor"),
    text("grantor.value").case_exact().read_only(),
    reference("grantor.$ref").read_only(),
    text("grantor.type").case_exact().read_only().required(),
    text("grantor.display").read_only().on_request(),
    complex("grantee").required(),
    text("grantee.value").case_exact().immutable().required(),
    reference("grantee.$ref").read_only(),
    text("grantee.type").case_exact().immutable().required(),
    text("grantee.display").read_only().on_request(),
    complex("app"),
    text("app.value").case_exact().immutable().required(),
    reference("app.$ref").read_only(),
    text("app.display").read_only().on_request(),
    complex("entitlement"),
    text("entitlement.attributeName").immutable().required(),
    text("entitlement.attributeValue").case_exact().immutable().required(),
];

/// A user (IDCS-ADMIN-341).
static USER: &[Attribute] = &[
    text("externalId"),
    text("userName").always().required().unique(),
    text("description"),
    text("displayName"),
    text("nickName"),
    text("title"),
    text("userType"),
    text("locale"),
    text("preferredLanguage"),
    text("timezone"),
    boolean("active"),
    text("password").write_only().never(),
    complex("name"),
    text("name.formatted"),
    text("name.familyName"),
    text("name.givenName"),
    text("name.middleName"),
    text("name.honorificPrefix"),
    text("name.honorificSuffix"),
    complex("emails").many(),
    text("emails.value").required(),
    text("emails.type").required(),
    boolean("emails.primary"),
    boolean("emails.secondary"),
    boolean("emails.verified"),
    text("emails.pendingVerificationData").read_only(),
    complex("phoneNumbers").many(),
    text("phoneNumbers.value").required(),
    text("phoneNumbers.display").read_only(),
    text("phoneNumbers.type").required(),
    boolean("phoneNumbers.primary"),
    boolean("phoneNumbers.verified").read_only(),
    complex("addresses").many(),
    text("addresses.formatted"),
    text("addresses.streetAddress"),
    text("addresses.locality"),
    text("addresses.region"),
    text("addresses.postalCode"),
    text("addresses.country"),
    text("addresses.type").required(),
    boolean("addresses.primary"),
    complex("groups").many().read_only().on_request(),
    text("groups.value").case_exact().read_only().always().required(),
    text("groups.ocid").case_exact().read_only(),
    reference("groups.$ref").read_only(),
    text("groups.display").read_only(),
    text("groups.nonUniqueDisplay").read_only(),
    text("groups.externalId").read_only(),
    text("groups.type").read_only().on_request(),
    text("groups.membershipOcid").read_only(),
    datetime("groups.dateAdded").read_only(),
];

/// Attributes of the service (IDCS-ADMIN-343).
static USER_SERVICE: &[Attribute] = &[
    boolean("isFederatedUser"),
    text("status").read_only().on_request(),
    text("provider").immutable(),
    text("creationMechanism").immutable().on_request(),
    boolean("bypassNotification").immutable().never(),
    boolean("isAccountRecoveryEnrolled").read_only().on_request(),
    boolean("serviceUser").immutable(),
    complex("appRoles").many().read_only().on_request(),
    text("appRoles.value").case_exact().read_only().always().required(),
    reference("appRoles.$ref").read_only(),
    text("appRoles.display").read_only(),
    text("appRoles.type").case_exact().read_only().on_request(),
    text("appRoles.appId").case_exact().read_only(),
    text("appRoles.appName").read_only(),
    boolean("appRoles.adminRole").read_only(),
    text("appRoles.legacyGroupName").read_only(),
];

/// Lock state (IDCS-ADMIN-343).
static USER_STATE: &[Attribute] = &[
    datetime("lastSuccessfulLoginDate").read_only().on_request(),
    datetime("previousSuccessfulLoginDate").read_only().on_request(),
    datetime("lastFailedLoginDate").read_only().on_request(),
    number("loginAttempts").read_only().on_request(),
    number("recoveryAttempts").read_only().on_request(),
    number("recoveryEnrollAttempts").read_only().on_request(),
    number("maxConcurrentSessions"),
    complex("recoveryLocked"),
    boolean("recoveryLocked.on"),
    datetime("recoveryLocked.lockDate"),
    complex("locked"),
    number("locked.reason"),
    boolean("locked.on"),
    datetime("locked.lockDate"),
    boolean("locked.expired").on_request(),
];

/// Kinds of credentials a user may have (IDCS-ADMIN-343).
static USER_CAPABILITIES: &[Attribute] = &[
    boolean("canUseApiKeys"),
    boolean("canUseAuthTokens"),
    boolean("canUseConsolePassword"),
    boolean("canUseCustomerSecretKeys"),
    boolean("canUseOAuth2ClientCredentials"),
    boolean("canUseSmtpCredentials"),
    boolean("canUseDbCredentials"),
    boolean("canUseConsole"),
];

/// What only oneself says (IDCS-ADMIN-344).
static USER_ME: &[Attribute] = &[text("currentPassword").write_only().never()];

/// A group (IDCS-ADMIN-346).
static GROUP: &[Attribute] = &[
    text("externalId"),
    text("displayName").always().required().unique(),
    text("nonUniqueDisplayName").always(),
    complex("members").many().on_request(),
    text("members.value").case_exact().always().required(),
    datetime("members.dateAdded").read_only(),
    text("members.ocid").case_exact().always(),
    text("members.membershipOcid").case_exact().read_only(),
    reference("members.$ref").case_exact().read_only(),
    text("members.display").read_only(),
    text("members.type").case_exact().required(),
    text("members.name").read_only(),
];

/// The settings of the domain (IDCS-ADMIN-351).
static SETTING: &[Attribute] = &[
    text("contactEmails").many(),
    text("preferredLanguage"),
    text("timezone"),
    text("locale"),
    text("csrAccess").required(),
    boolean("signingCertPublicAccess"),
    text("subMappingAttr"),
    boolean("accountAlwaysTrustScope"),
    text("defaultTrustScope"),
    text("issuer"),
    text("prevIssuer").on_request(),
    complex("cloudGateCorsSettings"),
    boolean("cloudGateCorsSettings.cloudGateCorsAllowNullOrigin"),
    boolean("cloudGateCorsSettings.cloudGateCorsEnabled"),
    text("cloudGateCorsSettings.cloudGateCorsAllowedOrigins").many(),
    number("cloudGateCorsSettings.cloudGateCorsMaxAge"),
    text("cloudGateCorsSettings.cloudGateCorsExposedHeaders").many(),
];

/// For how long and how often people stay signed in (IDCS-ADMIN-352).
static STAYING_SIGNED_IN: &[Attribute] = &[
    boolean("kmsiFeatureEnabled"),
    boolean("kmsiPromptEnabled"),
    boolean("touPromptDisabled"),
    datetime("lastEnabledOn").read_only(),
    number("tokenValidityInDays").within(1, 1100),
    number("lastUsedValidityInDays").within(1, 365),
    number("maxAllowedSessions").within(1, 10),
];

/// A certificate in either store; who made the thumbprints and dates is the server (IDCS-ADMIN-362).
static CERTIFICATE: &[Attribute] = &[
    text("externalId"),
    text("map").always(),
    text("certificateAlias").always().required(),
    text("sha1Thumbprint").case_exact().read_only(),
    text("sha256Thumbprint").case_exact().read_only(),
    datetime("certStartDate").read_only(),
    datetime("certEndDate").read_only(),
];

/// A client's certificate must come with itself (IDCS-ADMIN-362).
static CLIENT_CERTIFICATE: &[Attribute] = &[text("x509Base64Certificate").case_exact().required()];

/// A partner's certificate may stand in a key store instead (IDCS-ADMIN-362).
static PARTNER_CERTIFICATE: &[Attribute] = &[
    text("x509Base64Certificate").case_exact(),
    text("keyStoreName").always(),
    text("keyStoreId").case_exact().never(),
    text("keyStorePassword").case_exact().never(),
];

/// A trust in somebody else's tokens (IDCS-OAUTH-606).
static PROPAGATION_TRUST: &[Attribute] = &[
    text("name").immutable().required(),
    text("description"),
    text("type").case_exact().required(),
    text("issuer").case_exact().always().required().unique(),
    text("accountId").case_exact(),
    text("subjectClaimName").case_exact(),
    text("subjectMappingAttribute"),
    text("subjectType"),
    text("clientClaimName"),
    text("clientClaimValues").many().case_exact(),
    boolean("active"),
    text("publicKeyEndpoint"),
    text("publicCertificate").case_exact(),
    text("oauthClients").many(),
    boolean("allowImpersonation"),
    number("clockSkewSeconds"),
    complex("impersonationServiceUsers").many(),
    text("impersonationServiceUsers.value").required(),
    text("impersonationServiceUsers.rule").required(),
];
