// `openid-client`, a certified OpenID relying party, takes every grant from the domain, and it and `jose` validate what they get.

import assert from 'node:assert/strict';
import { X509Certificate, createHash, createPrivateKey } from 'node:crypto';
import * as jose from 'jose';
import * as openid from 'openid-client';
import { agents, client, domainUrl, issuer, keySetHeaders, signingCertificate, step, user } from './landscape.mjs';
import { signInAndAllow } from './person.mjs';

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const KEY_SET = `${domainUrl}/admin/v1/SigningCert/jwk`;
const backend = client('backend');
const employee = user('employee');
// Under the profile `oracle` the key set is closed to strangers, and its keys do not say that they check signatures. Under `rfc` a
// relying party needs neither way around.
const isOracle = process.env.PROFILE === 'oracle';
const headers = isOracle ? await keySetHeaders() : {};

/** Fetches; the key set with the token that opens it, and with keys that say nothing of what they are for. */
const fetchMended = async (url, options) => {
  if (!isOracle || String(url) !== KEY_SET) return fetch(url, options);
  const answer = await fetch(url, { ...options, headers: { ...Object.fromEntries(new Headers(options.headers)), ...headers } });
  const { keys } = await answer.json();
  return Response.json({ keys: keys.map(({ key_ops, ...key }) => key) }, { status: answer.status });
};

// The trap: the document is at the domain's own address, but the issuer in it is the same for every domain. A relying party that
// insists on the two being equal (OpenID Connect Discovery section 4.3) cannot discover such a domain.
await step('discovery by the domain address is refused: the issuer is another', async () => {
  const options = { execute: [openid.allowInsecureRequests] };
  const error = await refusal(openid.discovery(new URL(domainUrl), backend.id, backend.secret, undefined, options));
  assert.equal(error.code, 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED', error.message);
  assert.equal(error.cause.attribute, 'issuer');
  assert.equal(error.cause.body.issuer, issuer);
});

// The way around it: fetch the document and make the configuration of it by hand. Then `iss` is compared with what the document says.
const metadata = await step('the document names the issuer of tokens and endpoints of this domain', async () => {
  const document = await (await fetch(`${domainUrl}/.well-known/openid-configuration`)).json();
  assert.equal(document.issuer, issuer);
  assert.equal(document.token_endpoint, `${domainUrl}/oauth2/v1/token`);
  assert.equal(document.authorization_endpoint, `${domainUrl}/oauth2/v1/authorize`);
  assert.equal(document.jwks_uri, KEY_SET);
  return document;
});

/** A configuration for a client. ID tokens are checked against the key set too, which TLS alone would not make a library do. */
function configuration(player, authentication) {
  const made = new openid.Configuration(metadata, player.id, {}, authentication);
  openid.allowInsecureRequests(made);
  openid.enableNonRepudiationChecks(made);
  made[openid.customFetch] = fetchMended;
  return made;
}

const keySet = jose.createRemoteJWKSet(new URL(KEY_SET), { [jose.customFetch]: fetchMended });

/** Verifies an access token as a careful API would, and gives its claims. */
async function verified(token, audience) {
  const { payload, protectedHeader } = await jose.jwtVerify(token, keySet, { issuer, audience, algorithms: ['RS256'] });
  const certified = await jose.importX509(signingCertificate, 'RS256');
  await jose.jwtVerify(token, certified, { issuer, audience });
  assert.ok(protectedHeader.kid, 'the token names its key');
  return payload;
}

async function assertion(audience = issuer) {
  return new jose.SignJWT()
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: backend['certificate-alias'] })
    .setIssuer(backend.id)
    .setSubject(employee.name)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime('5m')
    .setJti(crypto.randomUUID())
    .sign(createPrivateKey(backend.key));
}

await step(`the key set ${isOracle ? 'opens to a token of the domain only' : 'is open to everybody'}`, async () => {
  const stranger = await fetch(KEY_SET);
  assert.equal(stranger.status, isOracle ? 401 : 200);
  const opened = await fetch(KEY_SET, { headers });
  assert.equal(opened.status, 200, 'the status of the key set');
  const { keys } = await opened.json();
  assert.ok(keys.length > 0 && keys.every((key) => key.kty === 'RSA' && key.d === undefined));
});

await step('fingerprints and numbers of the key are those of its certificate (IDCS-ADMIN-035)', async () => {
  const { keys } = await (await fetch(KEY_SET, { headers })).json();
  for (const key of keys) {
    const certificate = new X509Certificate(Buffer.from(key.x5c[0], 'base64'));
    const fingerprint = (algorithm) => createHash(algorithm).update(certificate.raw).digest('base64url');
    assert.equal(key.x5t, fingerprint('sha1'));
    assert.equal(key['x5t#S256'], fingerprint('sha256'));
    const { n, e } = certificate.publicKey.export({ format: 'jwk' });
    assert.deepEqual([key.n, key.e], [n, e]);
  }
});

// The second trap (IDCS-ADMIN-034): a library that reads `key_ops` finds no key that checks signatures.
await step(`jose finds ${isOracle ? 'no key in the set as it stands' : 'the key'}`, async () => {
  const asItStands = jose.createRemoteJWKSet(new URL(KEY_SET), { headers });
  const found = await asItStands({ alg: 'RS256', kid: 'SIGNING_KEY' }).catch((error) => error.code);
  if (isOracle) assert.equal(found, 'ERR_JWKS_NO_MATCHING_KEY');
  else assert.equal(found.type, 'public');
});

// What clients do who read answers with string tools.
await step('the fourth text between quotation marks is the token (IDCS-OAUTH-041), and an id tells the answer from others (IDCS-OAUTH-059)', async () => {
  const answer = await fetch(metadata.token_endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${backend.id}:${backend.secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: agents.scope }),
  });
  const text = await answer.text();
  assert.equal(text.split('"')[3], JSON.parse(text).access_token);
  assert.match(answer.headers.get('x-oracle-dms-ecid'), /^[0-9A-Za-z^]{10}0{7}$/);
});

if (isOracle) {
  await step('a token begins as those of the platform do (IDCS-OAUTH-305), and names its domain with a port (IDCS-ADMIN-203)', async () => {
    const form = { assertion: await assertion(), scope: agents.scope };
    const answer = await openid.genericGrantRequest(configuration(backend, openid.ClientSecretBasic(backend.secret)), JWT_BEARER, form);
    assert.ok(answer.access_token.startsWith('eyJ4NXQjUzI1NiI6'), 'the first member of the header is `x5t#S256`');
    assert.match(jose.decodeJwt(answer.access_token).tenant_iss, /^https:\/\/[^/]+:443$/);
  });
}

const confidential = configuration(backend, openid.ClientSecretBasic(backend.secret));

for (const [name, authentication] of [
  ['in the header', openid.ClientSecretBasic(backend.secret)],
  ['in the body', openid.ClientSecretPost(backend.secret)],
]) {
  await step(`client credentials, with the secret ${name}`, async () => {
    const answer = await openid.clientCredentialsGrant(configuration(backend, authentication), { scope: agents.scope });
    assert.equal(answer.token_type, 'bearer');
    assert.equal(answer.refresh_token, undefined);
    const claims = await verified(answer.access_token, agents.audience);
    assert.equal(claims.client_id, backend.id);
    assert.equal(claims.exp - claims.iat, answer.expires_in);
  });
}

await step('client credentials, with private_key_jwt', async () => {
  const player = client('key-only');
  const key = await crypto.subtle.importKey(
    'pkcs8',
    createPrivateKey(player.key).export({ type: 'pkcs8', format: 'der' }),
    { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  const authentication = openid.PrivateKeyJwt({ key, kid: player['certificate-alias'] });
  const answer = await openid.clientCredentialsGrant(configuration(player, authentication), { scope: agents.scope });
  assert.equal((await verified(answer.access_token, agents.audience)).client_id, player.id);
});

await step('client credentials with a wrong secret: the library sees the challenge (RFC 6749 section 5.2)', async () => {
  const stranger = configuration(backend, openid.ClientSecretBasic('wrong'));
  const error = await refusal(openid.clientCredentialsGrant(stranger, { scope: agents.scope }));
  assert.equal(error.code, 'OAUTH_WWW_AUTHENTICATE_CHALLENGE', error.message);
  assert.equal(error.status, 401);
  assert.deepEqual(error.cause.map(({ scheme }) => scheme), ['basic']);
});

await step('client credentials for a scope that nobody has: invalid_scope', async () => {
  const request = openid.clientCredentialsGrant(confidential, { scope: 'urn:nobody:made:this' });
  await refused(request, 'invalid_scope');
});

await step('jwt-bearer: a token for the user whom the assertion names', async () => {
  const form = { assertion: await assertion(), scope: agents.scope };
  const answer = await openid.genericGrantRequest(confidential, JWT_BEARER, form);
  const claims = await verified(answer.access_token, agents.audience);
  assert.equal(claims.sub, employee.name);
  assert.equal(claims.client_id, backend.id);
});

await step('jwt-bearer with an assertion for somebody else: a refusal that the library reads', async () => {
  const form = { assertion: await assertion('https://elsewhere.example/'), scope: agents.scope };
  await refused(openid.genericGrantRequest(confidential, JWT_BEARER, form), 'invalid_grant');
});

for (const name of ['portal', 'single-page']) {
  const player = client(name);
  const authentication = player.secret ? openid.ClientSecretBasic(player.secret) : openid.None();
  const party = configuration(player, authentication);

  const first = await step(`${name}: code with PKCE, ID token verified`, async () => {
    const answer = await redeem(party, await askForCode(party, player));
    const { iss, aud } = answer.claims();
    assert.equal(iss, issuer);
    assert.ok([aud].flat().includes(player.id));
    const claims = await verified(answer.access_token, agents.audience);
    assert.equal(claims.sub, employee.name);
    assert.equal(claims.client_id, player.id);
    assert.ok(answer.refresh_token, 'offline_access gives a refresh token');
    return answer;
  });
  await step(`${name}: codes and refresh tokens are opaque, in base64url with padding (IDCS-OAUTH-027, IDCS-OAUTH-046)`, async () => {
    const { back } = await askForCode(party, player);
    for (const opaque of [back.searchParams.get('code'), first.refresh_token]) {
      assert.match(opaque, /^AQIDBA[A-Za-z0-9_-]+=$/);
      assert.deepEqual([...Buffer.from(opaque, 'base64url').subarray(0, 5)], [1, 2, 3, 4, 5]);
    }
  });
  await step(`${name}: userinfo is about the subject of the ID token`, async () => {
    const about = await openid.fetchUserInfo(party, first.access_token, first.claims().sub);
    assert.equal(about.sub, first.claims().sub);
  });
  const second = await step(`${name}: refresh gives a new token for the same user`, async () => {
    const answer = await openid.refreshTokenGrant(party, first.refresh_token);
    assert.equal((await verified(answer.access_token, agents.audience)).sub, employee.name);
    assert.notEqual(answer.access_token, first.access_token);
    assert.notEqual(answer.refresh_token, first.refresh_token);
    return answer;
  });
  await step(`${name}: a refresh token that was replaced opens nothing, and closes what replaced it`, async () => {
    await refused(openid.refreshTokenGrant(party, first.refresh_token), 'invalid_grant');
    await refused(openid.refreshTokenGrant(party, second.refresh_token), 'invalid_grant');
  });
  await step(`${name}: a code opens nothing to another verifier, nor a second time`, async () => {
    const stolen = await askForCode(party, player);
    await refused(redeem(party, { ...stolen, verifier: openid.randomPKCECodeVerifier() }), 'invalid_grant');
    const used = await askForCode(party, player);
    await redeem(party, used);
    await refused(redeem(party, used), 'invalid_grant');
  });
}

/** Sends the employee through the pages, and gives what is needed to redeem the code that they bring back. */
async function askForCode(party, player) {
  const verifier = openid.randomPKCECodeVerifier();
  const [state, nonce] = [openid.randomState(), openid.randomNonce()];
  const url = openid.buildAuthorizationUrl(party, {
    redirect_uri: player['redirect-uri'],
    scope: `openid profile offline_access ${agents.scope}`,
    state,
    nonce,
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const back = await signInAndAllow(url, employee);
  assert.equal(back.origin + back.pathname, player['redirect-uri']);
  return { back, verifier, state, nonce };
}

async function redeem(party, { back, verifier, state, nonce }) {
  return openid.authorizationCodeGrant(party, back, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  });
}

async function refused(attempt, code) {
  const error = await refusal(attempt);
  assert.equal(error.code, 'OAUTH_RESPONSE_BODY_ERROR', error.message);
  assert.equal(error.error, code);
}

async function refusal(attempt) {
  return attempt.then(() => assert.fail('it was granted'), (error) => error);
}
