// `newman` runs the Postman collection beside this file: the way of the article series, from the assertion to the agent's answer.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import newman from 'newman';
import { agents, client, domainUrl, issuer, step, user } from './landscape.mjs';

const require = createRequire(import.meta.url);
const backend = client('backend');
const environment = {
  domain_url: domainUrl,
  fusion_url: agents.url,
  client_id: backend.id,
  client_secret: backend.secret,
  private_key: backend.key,
  key_id: backend['certificate-alias'],
  user: user('employee').name,
  assertion_audience: issuer,
  scope: agents.scope,
  audience: agents.audience,
  agent: agents.agent,
};
// A collection that asserted nothing would pass too.
const expected = [
  'a token is given',
  'no cache keeps it',
  'it is about the user, and names the client',
  'it is refused',
  'a job is begun',
  'the job is known',
  'the agent is done',
  'it said something',
];

await step('newman runs the collection of the seed flow', async () => {
  const jsrsasign = readFileSync(join(require.resolve('jsrsasign/package.json'), '..', 'lib', 'jsrsasign-all-min.js'), 'utf8');
  const values = (given) => ({ values: Object.entries(given).map(([key, value]) => ({ key, value, enabled: true })) });
  const passed = new Set();
  const { run } = await new Promise((done, failed) => {
    newman
      .run(
        {
          collection: JSON.parse(readFileSync(join(import.meta.dirname, 'agent-as-user.postman_collection.json'), 'utf8')),
          environment: values(environment),
          globals: values({ jsrsasign }),
          delayRequest: 200,
          timeout: 60_000,
        },
        (error, summary) => (error ? failed(error) : done(summary)),
      )
      .on('assertion', (error, { assertion }) => error ?? passed.add(assertion));
  });
  const failures = run.failures.map(({ source, error }) => `${source?.name}: ${error.test ?? error.name}: ${error.message}`);
  assert.deepEqual(failures, []);
  assert.deepEqual([...passed].sort(), [...expected].sort());
});
