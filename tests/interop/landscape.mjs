// Who is who on the servers, read from the target file that `tenantproof serve` wrote, and how a step of these scripts is told.
// Knows nothing of the libraries under test.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'smol-toml';

const path = process.env.TENANTPROOF_TARGET;
if (!path) {
  console.error('FAILED  TENANTPROOF_TARGET is not set: run this behind `tenantproof serve --`');
  process.exit(2);
}
const target = parse(readFileSync(path, 'utf8'));
const contents = (reference) => reference && readFileSync(join(dirname(path), reference.file ?? reference), 'utf8');

/** The base address of the identity domain, without a slash at its end. */
export const domainUrl = target.domains.home.url;
/** What stands in `iss` of every token, whatever the address of the domain is (IDCS-ADMIN-131). */
export const issuer = target.domains.home.issuer;
/** The certificate of the key that signs tokens, PEM. */
export const signingCertificate = contents(target.domains.home['signing-certificate']);
/** The API of the agents: `url`, `scope`, `audience`, `agent`, `prompt`. */
export const agents = target.apis.agents;

/** A client by its name in docs/landscape.md. */
export function client(name) {
  const entry = target.clients[name];
  assert.ok(entry, `the target file has no client ${name}`);
  return { ...entry, secret: contents(entry.secret), key: contents(entry.key) };
}

/** A user by their name in docs/landscape.md. */
export function user(name) {
  const entry = target.users[name];
  assert.ok(entry?.password, `the target file has no user ${name} with a password`);
  return { ...entry, password: contents(entry.password) };
}

/** The header fields that open the key set: it is closed to strangers, and any token of the domain itself opens it (IDCS-ADMIN-010). */
export async function keySetHeaders() {
  const { id, secret } = client('backend');
  const answer = await fetch(`${domainUrl}/oauth2/v1/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' }),
  });
  assert.equal(answer.status, 200, 'a token for the key set');
  return { authorization: `Bearer ${(await answer.json()).access_token}` };
}

/** Takes a step of a script: says it when it went well, and ends the process with one line when it did not. */
export async function step(says, act) {
  try {
    const result = await act();
    console.log(`  ok  ${says}`);
    return result;
  } catch (error) {
    const reasons = [error.message, error.error, error.error_description, typeof error.cause?.message === 'string' && error.cause.message].filter(Boolean);
    const line = [...new Set(reasons)].join('; ').replace(/\u001b\[\d+m/g, '').replace(/\s+/g, ' ');
    console.error(`FAILED  ${says}: ${line.slice(0, 600)}`);
    process.exit(1);
  }
}
