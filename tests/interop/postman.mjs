// `newman` runs what `tenantproof export postman` writes of the way of the article series: from the assertion to the agent's answer.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import newman from 'newman';
import { client, step } from './landscape.mjs';

const require = createRequire(import.meta.url);
const backend = client('backend');
// All else stands in the collection.
const environment = { client_secret: backend.secret, client_key: backend.key };
// A collection that asserted nothing would pass too.
const expected = [
  'token: status',
  'token: /access_token is kept',
  'invoke: status',
  'invoke: /jobId is kept',
  'answer: status',
  'answer: it ends',
];

const collection = await step('the scenario is exported, without a secret', () => {
  const target = ['--target', process.env.TENANTPROOF_TARGET];
  const text = execFileSync(process.env.TENANTPROOF, ['export', 'postman', 'jwt-bearer/agent-as-user', ...target], { encoding: 'utf8' });
  for (const secret of [backend.secret, ...backend.key.split('\n').filter((line) => line.length > 40)]) assert.ok(!text.includes(secret));
  return JSON.parse(text);
});

const values = (given) => ({ values: Object.entries(given).map(([key, value]) => ({ key, value, enabled: true })) });
const jsrsasign = readFileSync(join(require.resolve('jsrsasign/package.json'), '..', 'lib', 'jsrsasign-all-min.js'), 'utf8');

async function run(given) {
  const passed = new Set();
  const { run } = await new Promise((done, failed) => {
    newman
      .run(
        { collection, environment: values(given), globals: values({ jsrsasign }), delayRequest: 200, timeout: 60_000 },
        (error, summary) => (error ? failed(error) : done(summary)),
      )
      .on('assertion', (error, { assertion }) => error ?? passed.add(assertion));
  });
  const failures = run.failures.map(({ source, error }) => `${source?.name}: ${error.test ?? error.name}: ${error.message}`);
  return { failures, passed: [...passed].sort() };
}

await step('newman runs the collection, and every check of it passes', async () => {
  const { failures, passed } = await run(environment);
  assert.deepEqual(failures, []);
  assert.deepEqual(passed, [...expected].sort());
});

await step('with a wrong secret the checks of the collection fail', async () => {
  const { failures } = await run({ ...environment, client_secret: 'wrong' });
  assert.ok(failures.some((failure) => failure.includes('token: status')), String(failures));
});

await step('the script for curl goes the same way', () => {
  const { TENANTPROOF, TENANTPROOF_TARGET, TENANTPROOF_CLIENT_SECRET, TENANTPROOF_CLIENT_KEY, PATH } = process.env;
  const script = execFileSync(TENANTPROOF, ['export', 'curl', 'jwt-bearer/agent-as-user', '--target', TENANTPROOF_TARGET]);
  const env = { PATH, NO_PROXY: '*', client_secret: TENANTPROOF_CLIENT_SECRET, client_key: TENANTPROOF_CLIENT_KEY };
  const said = execFileSync('sh', [], { input: script, env, encoding: 'utf8' });
  assert.match(said, /^token: 200\ninvoke: 20[02]\n(answer: 200\n)+$/);
});
