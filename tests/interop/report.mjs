// Headless Chromium opens an HTML report of a run that found something: nothing is fetched, what is there is found and filtered, and it can
// be read on a phone, on a desktop, in the dark and on paper. Behind `serve --defect assertion.audience.elsewhere`.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { step } from './landscape.mjs';

const screenshots = join(import.meta.dirname, 'screenshots');
mkdirSync(screenshots, { recursive: true });
const file = join(import.meta.dirname, 'report.html');

await step('a run against servers with a defect writes a report', () => {
  const select = ['jwt-bearer/assertion-audience', 'jwt-bearer/agent-as-user', 'authorization-code/sign-in'];
  const run = spawnSync(process.env.TENANTPROOF, ['run', ...select, '--target', process.env.TENANTPROOF_TARGET, '--report', `html=${file}`]);
  assert.equal(run.status, 1, String(run.stderr));
});

const browser = await step('Chromium starts', () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
    timeout: 30_000,
  }),
);
const complaints = [];

async function open(width, colorScheme, more = {}) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, ...more });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.on('request', (request) => request.url() === pathToFileURL(file).href || complaints.push(`a request for ${request.url()}`));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(pathToFileURL(file).href);
  return page;
}

const shown = (page) => page.locator('details.case').evaluateAll((cases) => cases.filter((one) => !one.hidden).length);

for (const [name, width] of [['phone', 390], ['desktop', 1280]]) {
  for (const scheme of ['light', 'dark']) {
    await step(`${name}, ${scheme}: the verdict is at the top, and nothing is wider than the page`, async () => {
      const page = await open(width, scheme);
      assert.match(await page.title(), /^fail: /);
      const heading = await page.getByRole('heading', { level: 1 }).boundingBox();
      assert.ok(heading.y < 100, 'the verdict is seen at once');
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nobody scrolls sideways');
      await page.screenshot({ path: join(screenshots, `report-${name}-${scheme}.png`) });
      await page.locator('details.case[open]').first().scrollIntoViewIfNeeded();
      await page.locator('details.case[open] details.token summary').first().click();
      await page.screenshot({ path: join(screenshots, `report-${name}-${scheme}-case.png`) });
      await page.context().close();
    });
  }
}

const page = await open(1280, 'light');
const total = await shown(page);

await step('what failed is open, with expected beside actual, rows with links, a picture and tokens', async () => {
  const failed = page.locator('details.case[data-verdict=fail]').first();
  assert.ok(await failed.evaluate((one) => one.open));
  assert.match(await failed.innerText(), /refused[\s\S]*status 200: not refused/);
  assert.equal(await failed.getByRole('link', { name: /^RFC 7523/ }).first().getAttribute('href'), 'https://www.rfc-editor.org/rfc/rfc7523#section-3');
  assert.match(await failed.getByRole('img').first().getAttribute('aria-label'), /Client to Identity domain: POST .*; answer 200/);
  await failed.locator('details.token').first().locator('summary').click();
  assert.match(await failed.locator('details.token').first().innerText(), /"RS256"[\s\S]*aud[\s\S]*elsewhere/);
});

await step('a search finds cases by words, and says how many', async () => {
  await page.getByLabel('Search in cases').fill('somebody-else');
  await page.waitForFunction(() => !document.querySelector('#found').textContent.startsWith(document.querySelectorAll('details.case').length + ' of'));
  const count = await shown(page);
  assert.ok(count > 0 && count < total, `${count} of ${total}`);
  assert.match(await page.locator('#found').innerText(), new RegExp(`^${count} of ${total} cases`));
  await page.screenshot({ path: join(screenshots, 'report-search.png') });
  await page.getByLabel('Search in cases').fill('nothing is called so');
  await page.waitForFunction(() => document.querySelector('#found').textContent.startsWith('0 of'));
  await page.getByLabel('Search in cases').fill('');
  await page.waitForFunction((all) => document.querySelector('#found').textContent.startsWith(`${all} of`), total);
});

await step('a filter shows the verdicts that one wants, from the keyboard too', async () => {
  await page.getByRole('checkbox', { name: /^pass/ }).focus();
  await page.keyboard.press('Space');
  await page.getByRole('checkbox', { name: /^skipped/ }).uncheck();
  const verdicts = await page.locator('details.case').evaluateAll((cases) => cases.filter((one) => !one.hidden).map((one) => one.dataset.verdict));
  assert.ok(verdicts.length > 0 && verdicts.every((verdict) => verdict === 'fail'), String(verdicts));
});

await step('the case of a link opens and is seen', async () => {
  await page.getByRole('checkbox', { name: /^pass/ }).check();
  const link = page.locator('main a[href^="#case-"]').first();
  const id = (await link.getAttribute('href')).slice(1);
  await page.getByRole('button', { name: 'Close all' }).click();
  await link.click();
  assert.ok(await page.locator(`#${id} > summary`).isVisible());
});

await step('every control has a name, and every table a caption', async () => {
  const nameless = await page.evaluate(() =>
    [...document.querySelectorAll('input, button')].filter((one) => !one.labels?.length && !one.textContent.trim()).length +
    [...document.querySelectorAll('table')].filter((one) => !one.caption).length);
  assert.equal(nameless, 0);
  assert.deepEqual(await page.locator('main, header, footer').evaluateAll((all) => all.map((one) => one.localName).sort()), ['footer', 'header', 'main']);
});

await step('colours differ enough to be read (WCAG 1.4.3)', async () => {
  for (const scheme of ['light', 'dark']) {
    const other = await open(1280, scheme);
    const faint = await other.evaluate(() => {
      const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
      const light = ([r, g, b]) => {
        const [x, y, z] = [r, g, b].map((part) => (part /= 255) <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
      };
      const ground = (element) => {
        for (let one = element; one; one = one.parentElement) {
          const colour = parts(getComputedStyle(one).backgroundColor);
          if (colour.length < 4 || colour[3] === 1) return colour;
        }
        return [255, 255, 255];
      };
      return [...document.querySelectorAll('h1, h2, h3, .badge, .count, .quiet, a, code, dt, dd, th, td, summary, label, button')]
        .filter((one) => one.checkVisibility())
        .map((one) => {
          const [a, b] = [light(parts(getComputedStyle(one).color)), light(ground(one))].sort((x, y) => y - x);
          return { text: one.textContent.slice(0, 30), ratio: (a + 0.05) / (b + 0.05) };
        })
        .filter(({ ratio }) => ratio < 4.5);
    });
    assert.deepEqual(faint, [], scheme);
    await other.context().close();
  }
});

await step('without a script everything is there', async () => {
  const other = await open(390, 'light', { javaScriptEnabled: false });
  assert.ok(await other.locator('#find').isHidden());
  assert.ok(await other.locator('details.case[data-verdict=fail] table').first().isVisible());
  await other.context().close();
});

await step('it prints, with a line to sign on', async () => {
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  assert.ok(await page.getByText('Read by').isVisible());
  assert.ok(await page.locator('#find').isHidden());
  await page.setViewportSize({ width: 794, height: 1123 });
  await page.screenshot({ path: join(screenshots, 'report-print.png') });
  const pdf = await page.pdf({ path: join(screenshots, 'report.pdf'), format: 'A4' });
  assert.ok(pdf.length > 10_000);
});

await step('no page asked for anything or broke its own content security policy', () => assert.deepEqual(complaints, []));

await browser.close();
