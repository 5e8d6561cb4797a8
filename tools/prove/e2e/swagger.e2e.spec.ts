import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { chromiumPath, launchChromium } from '../src/client/chromium.ts';
import { ask } from '../src/client/http-client.ts';
import { Fleet } from '../src/driver/make-fleet.ts';

const browserPath = chromiumPath();
if (browserPath === undefined && process.env['CI'])
  throw new Error('Chromium is missing: install it or name it in CHROMIUM');
if (browserPath === undefined)
  console.warn('CHROMIUM IS MISSING: THE SWAGGER PAGES ARE NOT TESTED. Install it or name it in CHROMIUM.');
const withBrowser = browserPath === undefined ? describe.skip : describe;

const fleet = new Fleet({ ENGINE: 'local', DIAGNOSTIC_ROUTES: 'true' });
beforeAll(async () => {
  await fleet.make('up', { API: 1, GATEWAY: 1, WORKER: 1, PORT: 0 }, 300_000);
}, 300_000);
afterAll(() => fleet.dispose(), 120_000);

const worker = (): string => Fleet.origin(fleet.ready('worker')[0]!);
const documents: Readonly<Record<string, () => string>> = {
  api: () => `${fleet.url}/api/openapi.json`,
  gateway: () => `${fleet.url}/openapi.json`,
  worker: () => `${worker()}/openapi.json`,
};
const textOf = async (name: string): Promise<string> => (await ask(documents[name]!())).text;

interface Reading {
  readonly choice?: string;
  readonly spoil?: (text: string) => string;
  readonly most?: number;
}

const operationsOf = async (name: string): Promise<number> => {
  const { paths } = JSON.parse(await textOf(name)) as { paths: Readonly<Record<string, object>> };
  return Object.values(paths).reduce((sum, item) => sum + Object.keys(item).length, 0);
};

const misled = (text: string): string => text.replaceAll('schemas/Problem', 'schemas/Nobody');

withBrowser('a Swagger page in a browser', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium(browserPath!);
  }, 60_000);
  afterAll(() => browser?.close());

  interface Read {
    readonly operations: number;
    /** Boxes of errors that the page shows. */
    readonly errors: readonly string[];
    /** Bodies that "Try it out" begins with. */
    readonly bodies: readonly string[];
    /** What the browser complains of. */
    readonly faults: readonly string[];
  }

  /** Opens every operation of a page, one after the other, as somebody does who reads them all. */
  async function read(url: string, { choice, spoil, most = Infinity }: Reading): Promise<Read> {
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => (message.type() === 'error' ? faults.push(message.text()) : undefined));
    page.on('requestfailed', (request) => faults.push(`${request.url()} failed`));
    if (spoil !== undefined)
      await page.route('**/openapi.json', async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, body: spoil(await response.text()) });
      });
    await page.goto(`${url}/docs`);
    if (choice !== undefined) await page.locator('.topbar select').selectOption({ label: choice });
    await page.locator('.info .title', { hasText: choice ?? 'Nestfleet' }).waitFor();
    const blocks = page.locator('.opblock');
    await blocks.first().waitFor();
    const operations = Math.min(await blocks.count(), most);
    const bodies: string[] = [];
    for (let at = 0; at < operations; at += 1) {
      const block = blocks.nth(at);
      await block.locator('.opblock-summary-control').click();
      // The answers are shown when every pointer of the operation has been followed.
      await block.locator('.responses-inner').waitFor();
      bodies.push(...(await block.locator('.opblock-section-request-body .highlight-code').allTextContents()));
      // Open ones make the page slow.
      await block.locator('.opblock-summary-control').click();
      await block.locator('.responses-inner').waitFor({ state: 'detached' });
    }
    const errors = await page.locator('.errors-wrapper').allTextContents();
    await page.close();
    return { operations, errors, bodies, faults };
  }

  it.each<[string, string, () => string, Reading]>([
    ['of the gateway: its own document', 'gateway', () => fleet.url, { choice: 'Nestfleet gateway' }],
    ['of the gateway: the document of the api', 'api', () => fleet.url, { choice: 'Nestfleet api' }],
    ['of the api', 'api', () => `${fleet.url}/api`, {}],
    ['of a worker', 'worker', worker, {}],
  ])(
    '%s shows every operation without an error',
    async (_name, document, url, reading) => {
      const { bodies, ...seen } = await read(url(), reading);
      expect(seen).toEqual({ operations: await operationsOf(document), errors: [], faults: [] });
      for (const body of bodies) expect(body).not.toContain('"string"');
      expect(bodies.length > 0).toBe(document === 'api');
    },
    300_000,
  );

  it('would show a pointer that leads nowhere', async () => {
    const { errors } = await read(fleet.url, { choice: 'Nestfleet api', spoil: misled, most: 1 });
    expect(errors.join(' ')).toContain('Resolver error');
  });
});
