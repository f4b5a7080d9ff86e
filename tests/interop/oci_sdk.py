"""Oracle's own Python SDK administers the domain: it makes an application, a user and a grant, and reads them back.

The SDK knows no bearer tokens, and its signers overwrite what is given as `authorization` (IDCS-ADMIN-703, IDCS-ADMIN-704). A signer of
one's own that sets the header is the way (IDCS-ADMIN-711). Which facts a step shows, its title says.
"""

import base64
import datetime
import json
import os
import re
import sys
import time
import tomllib
import urllib.parse
import urllib.request
from pathlib import Path

import jwt
import oci
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from oci.identity_domains import IdentityDomainsClient, models
from OpenSSL import crypto

path = Path(os.environ["TENANTPROOF_TARGET"])
target = tomllib.loads(path.read_text())
domain_url = target["domains"]["home"]["url"]
PREFIX = "urn:ietf:params:scim:schemas:oracle:idcs:"


class BearerSigner(oci.auth.signers.SecurityTokenSigner):
    """Sends a token instead of a signature."""

    def __init__(self, token):  # The base class would want a private key.
        self.token = token

    def __call__(self, request, enforce_content_headers=True):
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class BearerAuth(oci._vendor.requests.auth.AuthBase):
    """The other way: no signer at all, but what the HTTP library knows as one."""

    def __init__(self, token):
        self.token = token

    @property
    def without_content_headers(self):
        return self

    def __call__(self, request):
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class Noting(oci.auth.signers.SecurityTokenSigner):
    """Passes requests on to a signer, and notes the headers that they have after it."""

    def __init__(self, signer):  # The base class is what lets the configuration be empty.
        self.signer = signer
        self.seen = {}

    def __call__(self, request, enforce_content_headers=True):
        request = self.signer(request, enforce_content_headers=enforce_content_headers)
        self.seen = {name.lower(): value for name, value in request.headers.items()}
        return request


def token_of(name):
    """A token with all that the roles of a client allow."""
    client = target["clients"][name]
    secret = (path.parent / client["secret"]["file"]).read_text()
    form = {"grant_type": "client_credentials", "scope": "urn:opc:idm:__myscopes__"}
    request = urllib.request.Request(f"{domain_url}/oauth2/v1/token", urllib.parse.urlencode(form).encode())
    request.add_header("Authorization", "Basic " + base64.b64encode(f"{client['id']}:{secret}".encode()).decode())
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
        return json.load(answer)["access_token"]


def sdk_as(name):
    return IdentityDomainsClient({}, service_endpoint=domain_url, signer=BearerSigner(token_of(name)), timeout=(5, 20))


def step(says):
    """Runs a function at once; says that it went well, or ends the process with one line."""

    def run(act):
        try:
            result = act()
        except Exception as error:  # Whatever it was, it is told in one line.
            status = getattr(error, "status", "")
            told = " ".join(f"{type(error).__name__} {status} {error}".split())
            sys.exit(f"FAILED  {says}: {told[:600]}")
        print(f"  ok  {says}", flush=True)
        return result

    return run


def equal(got, expected, what):
    assert got == expected, f"{what} is {got!r}, not {expected!r}"


def refused(status, act):
    try:
        act()
    except oci.exceptions.ServiceError as error:
        equal(error.status, status, "the status")
        return error
    raise AssertionError(f"it was granted, where {status} was due")


sdk = step("an administrator's token is all the SDK needs (IDCS-ADMIN-711)")(lambda: sdk_as("domain-administrator"))
administrator = sdk.base_client.signer.token
private_key = rsa.generate_private_key(65537, 2048)


@step("it has no calls for keys, secrets and discovery (IDCS-ADMIN-715), and takes a plain address only (IDCS-ADMIN-713)")
def _():
    calls = " ".join(dir(IdentityDomainsClient))
    for missing in ("signing_cert", "app_client_secret", "well_known"):
        assert missing not in calls, f"there is a call {missing}"
    for address in (f"{domain_url}/", f"{domain_url}/tenant", domain_url.replace("//", "//user@")):
        try:
            IdentityDomainsClient({}, service_endpoint=address, signer=BearerSigner("x")).list_users()
        except ValueError:
            continue
        raise AssertionError(f"{address} was taken")


@step("what its requests bring is put up with, and the id that they name comes back (IDCS-ADMIN-721, IDCS-ADMIN-604)")
def _():
    noting = Noting(BearerSigner(administrator))
    client = IdentityDomainsClient({}, service_endpoint=domain_url, signer=noting)
    answer = client.list_users(count=1, resource_type_schema_version="1", attribute_sets=["all", "default"])
    sent = noting.seen
    equal(sent["accept"], "application/json, application/scim+json", "what it accepts")
    equal(sent["content-type"], "application/json", "the type of a body that is not there")
    assert sent["user-agent"].startswith("Oracle-PythonSDK/") and sent["opc-client-info"], "it names itself"
    assert sent["resource_type_schema_version"] == "1", "the version of the schema goes along"
    own, slash, theirs = answer.headers["opc-request-id"].partition("/")
    equal((own, slash, len(theirs)), (sent["opc-request-id"], "/", 32), "the id of the request")


@step("the certificates of the key are those of the platform, and make no chain for a strict reader (IDCS-ADMIN-037, IDCS-ADMIN-038, IDCS-ADMIN-043)")
def _():
    answer = sdk.base_client.session.get(
        f"{domain_url}/admin/v1/SigningCert/jwk", headers={"Authorization": f"Bearer {administrator}"}
    )
    chain = [x509.load_der_x509_certificate(base64.b64decode(der)) for der in answer.json()["keys"][0]["x5c"]]
    first, authority = chain
    names = [name.value for name in first.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)]
    assert names[0] == "sslDomains" and names[-1].startswith("idcs-"), names
    for absent in (x509.BasicConstraints, x509.SubjectAlternativeName, x509.ExtendedKeyUsage, x509.AuthorityKeyIdentifier):
        assert not any(isinstance(one.value, absent) for one in first.extensions), f"it has {absent.__name__}"
    constraints = authority.extensions.get_extension_for_class(x509.BasicConstraints)
    equal((constraints.critical, constraints.value.ca, constraints.value.path_length), (True, True, 0), "its constraints")
    for certificate in chain:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
        assert usage.critical and usage.value.digital_signature and usage.value.key_agreement, usage
        assert not usage.value.key_cert_sign, "it may sign certificates"
    store = crypto.X509Store()
    store.add_cert(crypto.X509.from_cryptography(authority))
    try:
        crypto.X509StoreContext(store, crypto.X509.from_cryptography(first)).verify_certificate()
    except crypto.X509StoreContextError as error:
        assert error.errors[0] in (32, 79), error.errors
    else:
        raise AssertionError("OpenSSL takes the authority for one")


@step("what is given as `authorization` is overwritten by the signer (IDCS-ADMIN-704, IDCS-ADMIN-C-12)")
def _():
    noting = Noting(BearerSigner(administrator))
    client = IdentityDomainsClient({}, service_endpoint=domain_url, signer=noting)
    equal(client.list_users(count=1, authorization="Bearer of-no-use").status, 200, "the status")
    equal(noting.seen["authorization"], f"Bearer {administrator}", "what was sent")


@step("left to itself it signs its requests, which opens nothing here (IDCS-ADMIN-701, IDCS-ADMIN-703)")
def _():
    pem = private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    noting = Noting(oci.signer.Signer("ocid1.tenancy.oc1..a", "ocid1.user.oc1..b", "00:11", None, private_key_content=pem))
    client = IdentityDomainsClient({}, service_endpoint=domain_url, signer=noting)
    refused(401, lambda: client.list_users(count=1))
    sent = noting.seen["authorization"]
    for part in ('Signature algorithm="rsa-sha256"', 'headers="date (request-target) host"', 'keyId="ocid1.tenancy.oc1..a/ocid1.user.oc1..b/00:11"'):
        assert part in sent, f"{part} is not in {sent.split('signature=')[0]}"


@step("with a session token it signs in its name (IDCS-ADMIN-702)")
def _():
    noting = Noting(oci.auth.signers.SecurityTokenSigner(administrator, private_key))
    client = IdentityDomainsClient({}, service_endpoint=domain_url, signer=noting)
    refused(401, lambda: client.list_users(count=1))
    sent = noting.seen["authorization"]
    assert f'keyId="ST${administrator}"' in sent, "the token is not in the id of the key"


@step("a signer that is none to the SDK does as well (IDCS-ADMIN-712)")
def _():
    pem = private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    config = {
        "user": "ocid1.user.oc1..b",
        "tenancy": "ocid1.tenancy.oc1..a",
        "fingerprint": ":".join(["00"] * 16),
        "region": "us-ashburn-1",
        "key_content": pem,
    }
    client = IdentityDomainsClient(config, service_endpoint=domain_url, signer=BearerAuth(administrator))
    equal(client.list_users(count=1).status, 200, "the status")


@step("a value that its lists do not know becomes a word of its own (IDCS-ADMIN-727)")
def _():
    equal(models.App(client_type="nothing-of-that-kind").client_type, "UNKNOWN_ENUM_VALUE", "the client type")


@step("it exchanges tokens by one request, and is refused where nobody trusts their issuer (IDCS-ADMIN-731)")
def _():
    session = oci._vendor.requests.Session
    send, sent = session.send, []

    def noted(self, request, **options):
        sent.append(request)
        return send(self, request, **options)

    session.send = noted
    try:
        client = target["clients"]["backend"]
        secret = (path.parent / client["secret"]["file"]).read_text()
        oci.auth.signers.TokenExchangeSigner(administrator, domain_url, client["id"], secret)
    except Exception as error:  # The SDK has no type of its own for it.
        assert "40" in str(error), error
    else:
        raise AssertionError("it was granted")
    finally:
        session.send = send
    form = dict(urllib.parse.parse_qsl(sent[0].body))
    equal(sent[0].url, f"{domain_url}/oauth2/v1/token", "where it asks")
    equal(form["requested_token_type"], "urn:oci:token-type:oci-upst", "what it asks for")
    assert form["subject_token_type"] == "jwt" and form["public_key"], "what it shows"


@step("an issuer is trusted for one client (IDCS-OAUTH-606)")
def trust():
    common_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "partner")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder(common_name, common_name, private_key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(private_key, hashes.SHA256())
    )
    made = sdk.create_identity_propagation_trust(
        identity_propagation_trust=models.IdentityPropagationTrust(
            schemas=[PREFIX + "IdentityPropagationTrust"],
            name="interop partner",
            type="JWT",
            issuer="https://partner.example/interop",
            public_certificate=base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode(),
            oauth_clients=[target["clients"]["password-taker"]["id"]],
            clock_skew_seconds=60,
            active=True,
        )
    )
    equal(made.status, 201, "the status")
    read = sdk.get_identity_propagation_trust(made.data.id).data
    equal((read.type, read.issuer, read.active), ("JWT", "https://partner.example/interop", True), "the trust")
    return read


@step("its signer exchanges a token of that issuer for a session token (IDCS-OAUTH-034)")
def session():
    client = target["clients"]["password-taker"]
    secret = (path.parent / client["secret"]["file"]).read_text()
    now = int(time.time())
    claims = {"iss": trust.issuer, "sub": target["users"]["employee"]["name"], "iat": now, "exp": now + 300}
    foreign = jwt.encode(claims, private_key, algorithm="RS256")
    signer = oci.auth.signers.TokenExchangeSigner(foreign, domain_url, client["id"], secret)
    assert signer.security_token_container.valid_with_half_expiration_time(), "it has ended, as the SDK sees it"
    return signer


@step("and signs a request with it, which is exchanged for a token of the domain (IDCS-OAUTH-033)")
def _():
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "requested_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "scope": "urn:opc:idm:__myscopes__",
    }
    post = oci._vendor.requests.post
    answer = post(f"{domain_url}/oauth2/v1/token", data=form, auth=session, timeout=10)
    equal(answer.status_code, 200, "the status")
    given = answer.json()
    claims = jwt.decode(given["access_token"], options={"verify_signature": False})
    equal((given["token_type"], claims["sub"]), ("Bearer", target["users"]["employee"]["name"]), "the token")
    unsigned = post(f"{domain_url}/oauth2/v1/token", data=form, timeout=10)
    equal(unsigned.status_code, 401, "the status without the signature")


@step("without the trust nothing is exchanged any more")
def _():
    sdk.delete_identity_propagation_trust(trust.id)
    try:
        session.refresh_security_token()
    except Exception as error:  # The SDK has no type of its own for it.
        assert "400" in str(error), error
    else:
        raise AssertionError("it was granted")


@step("an application is made, and gets an id, a client id and a secret (IDCS-ADMIN-714)")
def app():
    made = sdk.create_app(
        app=models.App(
            schemas=[PREFIX + "App"],
            display_name="interop application",
            based_on_template=models.AppBasedOnTemplate(value="CustomWebAppTemplateId"),
            is_o_auth_client=True,
            client_type="confidential",
            allowed_grants=["client_credentials"],
            active=True,
        )
    )
    equal(made.status, 201, "the status")
    app = made.data
    assert app.id and app.name and app.client_secret, "id, name and clientSecret are given"
    equal(app.display_name, "interop application", "displayName")
    return app


@step("it is read back as it was made")
def _():
    read = sdk.get_app(app.id).data
    equal((read.id, read.name, read.display_name), (app.id, app.name, app.display_name), "the application")
    equal(read.allowed_grants, ["client_credentials"], "allowedGrants")
    assert read.active and read.is_o_auth_client, "it is an active client"


@step("it is found by its name, and nothing else is")
def _():
    found = sdk.list_apps(filter='displayName eq "interop application"').data
    equal((found.total_results, [one.id for one in found.resources]), (1, [app.id]), "what was found")


@step("a second one of that name is refused with 409, which the SDK cannot read (IDCS-ADMIN-725)")
def _():
    twin = models.App(
        schemas=[PREFIX + "App"],
        display_name="interop application",
        based_on_template=models.AppBasedOnTemplate(value="CustomWebAppTemplateId"),
    )
    error = refused(409, lambda: sdk.create_app(app=twin))
    # The SDK looks for `code` and `message`, which SCIM errors do not have.
    equal((error.code, error.message), (None, None), "what the SDK reads of the error")
    assert error.request_id, "the request is named"


@step("a user is made and read back, with times to the millisecond (IDCS-ADMIN-256)")
def user():
    made = sdk.create_user(
        user=models.User(
            schemas=["urn:ietf:params:scim:schemas:core:2.0:User"],
            user_name="interop.example",
            name=models.UserName(given_name="Inter", family_name="Op"),
            emails=[models.UserEmails(value="interop@example.com", type="work", primary=True)],
        )
    )
    equal(made.status, 201, "the status")
    read = sdk.get_user(made.data.id).data
    equal((read.user_name, read.name.family_name), ("interop.example", "Op"), "the user")
    assert "interop@example.com" in [email.value for email in read.emails], "the e-mail address is kept"
    raw = sdk.base_client.session.get(
        f"{domain_url}/admin/v1/Users/{made.data.id}", headers={"Authorization": f"Bearer {administrator}"}
    ).json()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", raw["meta"]["created"]), raw["meta"]["created"]
    return read


@step("a patch with the version that was read changes the user; one with an old version is refused with 412")
def _():
    patch = models.PatchOp(
        schemas=["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        operations=[models.Operations(op="REPLACE", path="displayName", value="Patched by the SDK")],
    )
    version = user.meta.version
    changed = sdk.patch_user(user.id, patch_op=patch, if_match=version).data
    equal(changed.display_name, "Patched by the SDK", "displayName")
    assert changed.meta.version != version, "the version is another"
    refused(412, lambda: sdk.patch_user(user.id, patch_op=patch, if_match=version))


@step("the domain's roles are found")
def role():
    roles = sdk.list_app_roles(filter='app.value eq "IDCSAppId" and displayName eq "User Administrator"').data
    equal([one.display_name for one in roles.resources], ["User Administrator"], "the roles")
    return roles.resources[0]


@step("a role is granted to the application, and the grant is read back")
def grant():
    made = sdk.create_grant(
        grant=models.Grant(
            schemas=[PREFIX + "Grant"],
            grant_mechanism="ADMINISTRATOR_TO_APP",
            grantee=models.GrantGrantee(value=app.id, type="App"),
            app=models.GrantApp(value="IDCSAppId"),
            entitlement=models.GrantEntitlement(attribute_name="appRoles", attribute_value=role.id),
        )
    )
    equal(made.status, 201, "the status")
    read = sdk.get_grant(made.data.id).data
    equal((read.grantee.value, read.grantee.type), (app.id, "App"), "the grantee")
    equal(read.entitlement.attribute_value, role.id, "the entitlement")
    return read


@step("the new application signs in beside the administrator, and may do what the role allows and no more (IDCS-ADMIN-724)")
def _():
    request_target = {"id": app.name, "secret": {"file": "interop.secret"}}
    (path.parent / "interop.secret").write_text(app.client_secret)
    target["clients"]["interop"] = request_target
    own = sdk_as("interop")
    equal(own.get_user(user.id).data.user_name, "interop.example", "the user it reads")
    error = refused(401, lambda: own.create_app(app=models.App(display_name="no", schemas=[PREFIX + "App"])))
    assert error.request_id, "a refusal names its request"


@step("a client without a role administers nothing")
def _():
    refused(401, lambda: sdk_as("backend").list_users())


@step("the grant is taken back, and the user is deleted (IDCS-ADMIN-217)")
def _():
    equal(sdk.delete_grant(grant.id).status, 204, "the status")
    refused(404, lambda: sdk.get_grant(grant.id))
    equal(sdk.delete_user(user.id, force_delete=True).status, 204, "the status")
    refused(404, lambda: sdk.get_user(user.id))


@step("the application is deleted, once it is not active any more")
def _():
    stopped = sdk.put_app_status_changer(
        app.id, app_status_changer=models.AppStatusChanger(schemas=[PREFIX + "AppStatusChanger"], active=False)
    ).data
    equal(stopped.active, False, "active")
    equal(sdk.delete_app(app.id).status, 204, "the status")
    refused(404, lambda: sdk.get_app(app.id))
