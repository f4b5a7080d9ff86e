// Headless Chromium signs in, allows, and comes back with a code to a server that really listens; the code is good for tokens.
//
// The redirect URI of `native` names a fixed port, and a redirect URI must match exactly (IDCS-OAUTH-506). So the browser is told to
// look for that port elsewhere: nothing but the way there changes, and several runs may go on at once.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as openid from 'openid-client';
import { chromium } from 'playwright-core';
import { agents, client, domainUrl, issuer, step, user } from './landscape.mjs';

const screenshots = join(import.meta.dirname, 'screenshots');
mkdirSync(screenshots, { recursive: true });
const employee = user('employee');
const native = client('native');
const redirect = new URL(native['redirect-uri']);

const callbacks = [];
const application = createServer((request, response) => {
  const at = new URL(request.url, redirect);
  // Browsers ask for an icon too.
  if (at.pathname === redirect.pathname) callbacks.push(at);
  response.setHeader('content-type', 'text/html').end('<title>Back</title><h1>Back in the application</h1>');
});
await new Promise((listening) => application.listen(0, '127.0.0.1', listening));

const userData = mkdtempSync(join(tmpdir(), 'tenantproof-chromium-'));
const context = await step('Chromium starts', () =>
  chromium.launchPersistentContext(userData, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--host-resolver-rules=MAP ${redirect.host} 127.0.0.1:${application.address().port}`,
    ],
    viewport: { width: 900, height: 700 },
    timeout: 30_000,
  }),
);
process.on('exit', () => rmSync(userData, { recursive: true, force: true }));
context.setDefaultTimeout(15_000);
const page = await context.newPage();
const violations = [];
page.on('console', (message) => /Content Security Policy/.test(message.text()) && violations.push(message.text()));
const screenshot = (name) => page.screenshot({ path: join(screenshots, `${name}.png`) });

const party = new openid.Configuration(
  { issuer, authorization_endpoint: `${domainUrl}/oauth2/v1/authorize`, token_endpoint: `${domainUrl}/oauth2/v1/token` },
  native.id,
  {},
  openid.None(),
);
openid.allowInsecureRequests(party);
const verifier = openid.randomPKCECodeVerifier();
const challenge = await openid.calculatePKCECodeChallenge(verifier);
const authorizationUrl = (state, more = {}) =>
  openid.buildAuthorizationUrl(party, {
    redirect_uri: native['redirect-uri'],
    // The identity scopes beyond `openid` are those that a person is asked about (IDCS-OAUTH-505).
    scope: `openid profile ${agents.scope}`,
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...more,
  }).href;

await step('the sign-in page names the application and has its style', async () => {
  await page.goto(authorizationUrl('first'));
  assert.match(await page.title(), /^Sign in/);
  assert.match(await page.locator('main, body').first().innerText(), /native/);
  const width = (element) => Math.round(element.getBoundingClientRect().width);
  assert.ok((await page.locator('form').evaluate(width)) < 700, 'the stylesheet was let in');
  await screenshot('1-sign-in');
});

await step('a wrong password is told to people and to screen readers', async () => {
  await signIn('not the password');
  await page.getByRole('alert').waitFor();
  assert.match(await page.title(), /^Error/);
  assert.equal(callbacks.length, 0);
  await screenshot('2-wrong-password');
});

await step('the right password leads to the consent page, which shows what is asked', async () => {
  await signIn(employee.password);
  await page.getByRole('button', { name: 'Allow' }).waitFor();
  assert.match(await page.locator('.scopes').innerText(), /\bprofile\b/);
  const cookies = await context.cookies(domainUrl);
  assert.ok(cookies.length > 0 && cookies.every((cookie) => cookie.httpOnly && cookie.secure && cookie.sameSite === 'Lax'));
  await screenshot('3-consent');
});

await step('Allow brings the browser back to the application with a code', async () => {
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL((url) => url.href.startsWith(redirect.href));
  assert.equal(await page.title(), 'Back');
  await screenshot('4-back');
  assert.equal(callbacks.length, 1);
  assert.equal(callbacks[0].searchParams.get('state'), 'first');
});

await step('the code and its verifier are good for a token and an ID token', async () => {
  const checks = { pkceCodeVerifier: verifier, expectedState: 'first', idTokenExpected: true };
  const answer = await openid.authorizationCodeGrant(party, callbacks[0], checks);
  assert.equal(answer.claims().sub, employee.name);
  assert.ok(answer.access_token);
});

await step('the session and the consent are remembered: the next code comes without a page', async () => {
  await page.goto(authorizationUrl('second'));
  assert.equal(await page.title(), 'Back');
  assert.equal(callbacks.at(-1).searchParams.get('state'), 'second');
  assert.ok(callbacks.at(-1).searchParams.get('code'));
});

await step('Deny is told to the application', async () => {
  await page.goto(authorizationUrl('third', { prompt: 'consent' }));
  await page.getByRole('button', { name: 'Deny' }).click();
  await page.waitForURL((url) => url.href.startsWith(redirect.href));
  assert.equal(callbacks.at(-1).searchParams.get('error'), 'access_denied');
  assert.equal(callbacks.at(-1).searchParams.get('state'), 'third');
});

await step('a redirect URI that is not registered is shown as an error and not followed', async () => {
  const before = callbacks.length;
  for (const stranger of ['https://elsewhere.example/callback', `${native['redirect-uri']}/elsewhere`]) {
    const answer = await page.goto(authorizationUrl('fourth', { redirect_uri: stranger }));
    assert.equal(answer.status(), 400, stranger);
  }
  assert.equal(callbacks.length, before);
  await screenshot('5-unregistered');
});

await step('no page broke its own content security policy', () => assert.deepEqual(violations, []));

await context.close();
application.close();

async function signIn(password) {
  await page.getByLabel('User name').fill(employee.name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
