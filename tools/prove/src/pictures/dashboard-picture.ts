import type { Browser, Page } from 'playwright-core';
import { until } from '../client/until.ts';

/** Of the picture; a page that needs more is cut, and the picture has to be made larger. */
export const DASHBOARD_SIZE = { width: 1280, height: 1120 } as const;

const SEEN_WITHIN_MS = 60_000;
const LOOK_EACH_MS = 200;
const JOBS = ['primes', 'flaky', 'demo'] as const;

/**
 * Uses the page as a visitor does (visits through several replicas, a job of each kind, a value that is set and read) and
 * answers its picture, PNG.
 * @throws on a page that is a demo: nobody may take one for a fleet
 */
export async function pictureOfDashboard(browser: Browser, url: string): Promise<Buffer> {
  const page = await browser.newPage({
    viewport: DASHBOARD_SIZE,
    colorScheme: 'light',
    reducedMotion: 'reduce',
    deviceScaleFactor: 1,
  });
  try {
    await page.goto(url);
    await page.getByTestId('served-by').waitFor();
    if (await page.getByTestId('demo').isVisible()) throw new Error(`${url} is a demo, and no fleet`);
    await visitOften(page);
    await enqueueEach(page);
    await page.getByTestId('value-set').click();
    await shows(page, 'value-result', /Written/);
    await page.getByTestId('value-get').click();
    await shows(page, 'value-result', /Read/);
    await until('all jobs are done', async () => (await doneJobs(page)) === JOBS.length, SEEN_WITHIN_MS, LOOK_EACH_MS);
    await page.evaluate('document.activeElement?.blur()');
    await until('it is live, and no higher than its picture', () => isLiveAndWhole(page), SEEN_WITHIN_MS, LOOK_EACH_MS);
    return await page.screenshot({ animations: 'disabled', caret: 'hide' });
  } finally {
    await page.close();
  }
}

/** Two bursts: enough for each replica to have its share. */
async function visitOften(page: Page): Promise<void> {
  for (const least of [20, 40]) {
    await page.getByTestId('burst').click();
    await until('a burst of visits', async () => (await visits(page)) > least, SEEN_WITHIN_MS, LOOK_EACH_MS);
  }
}

async function enqueueEach(page: Page): Promise<void> {
  for (const [index, kind] of JOBS.entries()) {
    await page.locator(`input[type=radio][value=${kind}]`).check({ force: true });
    await page.getByTestId('enqueue').click();
    const rows = page.getByTestId('job-row');
    await until(`${kind} is listed`, async () => (await rows.count()) > index, SEEN_WITHIN_MS, LOOK_EACH_MS);
  }
}

const doneJobs = (page: Page): Promise<number> => page.locator('[data-testid=job-row][data-state=completed]').count();

const visits = async (page: Page): Promise<number> =>
  Number(((await page.getByTestId('session-count').textContent()) ?? '').replaceAll(/\D/g, ''));

async function shows(page: Page, testId: string, words: RegExp): Promise<void> {
  await page.getByTestId(testId).filter({ hasText: words }).first().waitFor({ timeout: SEEN_WITHIN_MS });
}

/** While something is in trouble a banner stands on the page, and pushes its end out of the picture. */
async function isLiveAndWhole(page: Page): Promise<boolean> {
  const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
  return height <= DASHBOARD_SIZE.height && (await page.getByTestId('status').getAttribute('data-status')) === 'live';
}
