import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { chromiumPath, launchChromium } from '../src/client/chromium.ts';
import { ask } from '../src/client/http-client.ts';
import { Fleet } from '../src/driver/make-fleet.ts';
import { DASHBOARD_SIZE, pictureOfDashboard } from '../src/pictures/dashboard-picture.ts';
import { until } from '../src/client/until.ts';

const browserPath = chromiumPath();
if (browserPath === undefined && process.env['CI'])
  throw new Error('Chromium is missing: install it or name it in CHROMIUM');
if (browserPath === undefined)
  console.warn('CHROMIUM IS MISSING: THE PAGE IS NOT TESTED. Install it or name it in CHROMIUM.');
const withBrowser = browserPath === undefined ? describe.skip : describe;

const fleet = new Fleet();
beforeAll(async () => {
  await fleet.make('up', { API: 2, GATEWAY: 2, WORKER: 1, PORT: 0 }, 300_000);
}, 300_000);
afterAll(() => fleet.dispose(), 120_000);

describe('two gateways on one public port', () => {
  it('share it', async () => {
    const seen = new Set<string>();
    await until(
      'both answer',
      async () => {
        const answers = await Promise.all(Array.from({ length: 20 }, () => ask(`${fleet.url}/whoami`)));
        for (const { text } of answers) seen.add((JSON.parse(text) as { web_instance: string }).web_instance);
        return seen.size === 2;
      },
      20_000,
    );
    expect([...seen].toSorted((a, b) => a.localeCompare(b))).toEqual(['gateway-1', 'gateway-2']);
  });
});

withBrowser('in a browser', () => {
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
    browser = await launchChromium(browserPath!);
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => (message.type() === 'error' ? faults.push(message.text()) : undefined));
  }, 60_000);
  afterAll(() => browser?.close());

  const text = async (id: string): Promise<string> => (await page.getByTestId(id).first().textContent()) ?? '';
  const count = async (id: string): Promise<number> => Number((await text(id)).replaceAll(/\D/g, ''));

  it('shows who served, and the counts rise', async () => {
    await page.goto(`${fleet.url}/`);
    await page.getByTestId('served-by').waitFor();
    const first = await count('session-count');
    const seen = new Set<string>();
    await until(
      'both replicas served',
      async () => {
        seen.add((await text('served-by')).match(/api-\d/)?.[0] ?? '');
        return seen.has('api-1') && seen.has('api-2');
      },
      40_000,
      500,
    );
    expect(await count('session-count')).toBeGreaterThan(first);
  });

  it('pauses and resumes', async () => {
    await page.getByTestId('pause-toggle').click();
    const paused = await count('session-count');
    // The measure of the time in which it would have asked again: a page beside it, which is not paused.
    const beside = await browser.newPage();
    try {
      await beside.goto(`${fleet.url}/`);
      const besideCount = async (): Promise<number> =>
        Number(((await beside.getByTestId('session-count').first().textContent()) ?? '').replaceAll(/\D/g, ''));
      await until('the page beside it has asked again and again', async () => (await besideCount()) >= 4, 40_000, 200);
    } finally {
      await beside.close();
    }
    // One answer may have been on its way when the button was pressed.
    expect((await count('session-count')) - paused).toBeLessThanOrEqual(1);
    const still = await count('session-count');
    await page.getByTestId('pause-toggle').click();
    await until('it counts again', async () => (await count('session-count')) > still, 20_000, 200);
  });

  it('enqueues a job, shows its result, and does what the label of its field says', async () => {
    expect(await page.locator('label[for=job-input]').textContent()).toBe('Text that the worker logs');
    await page
      .getByTestId('job-input')
      .locator('input')
      .or(page.locator('input[data-testid=job-input]'))
      .first()
      .fill('from the page');
    await page.getByTestId('enqueue').click();
    await until('completed', async () => (await text('job-row')).includes('completed'), 20_000, 200);
    expect(await text('job-row')).toContain('worker-');
    expect(await text('job-result')).toContain('“from the page” logged');
    const logs = await fleet.make('logs', { SERVICE: 'worker' });
    expect(logs).toContain('"job":"from the page","message":"demo job"');
  });

  it('sets a value and gets it', async () => {
    const field = (id: string) =>
      page
        .getByTestId(id)
        .locator('input')
        .or(page.locator(`input[data-testid=${id}]`))
        .first();
    await field('value-key').fill('colour');
    await field('value-value').fill('teal');
    await page.getByTestId('value-set').click();
    await page.getByTestId('value-get').click();
    await until('an answer', async () => (await text('value-result')) !== '', 20_000, 200);
    expect(await text('value-result')).toContain('teal');
  });

  it('is taken a picture of, in the size of the one in the README', async () => {
    const picture = await pictureOfDashboard(browser, `${fleet.url}/`);
    expect(picture.subarray(1, 4).toString()).toBe('PNG');
    expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual(Object.values(DASHBOARD_SIZE));
  }, 240_000);

  it('gives no picture as a demo', async () => {
    await expect(pictureOfDashboard(browser, `${fleet.url}/?demo`)).rejects.toThrow('is a demo, and no fleet');
  });

  it('made no error on the way', () => {
    expect(faults).toEqual([]);
  });

  it.each([
    ['direct', () => Fleet.origin(fleet.ready('api')[0]!), undefined],
    ['behind /api', () => `${fleet.url}/api`, undefined],
    ['of the api among the documents of the gateway', () => fleet.url, 'Nestfleet api'],
  ])('runs "Execute" in Swagger UI %s', async (_name, base, choice) => {
    const swagger = await browser.newPage();
    await swagger.goto(`${base()}/docs`);
    if (choice !== undefined) await swagger.locator('.topbar select').selectOption({ label: choice });
    const operation = swagger.locator('.opblock-get', { has: swagger.locator('[data-path="/values"]') });
    await operation.locator('.opblock-summary').click();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    const answer = operation.locator('.live-responses-table .response').first();
    await answer.waitFor({ timeout: 20_000 });
    expect(await answer.locator('.response-col_status').first().textContent()).toContain('200');
    expect(await answer.textContent()).toContain('next_cursor');
    await swagger.close();
  });
});
