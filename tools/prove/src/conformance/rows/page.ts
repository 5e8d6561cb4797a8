import type { Browser } from 'playwright-core';
import type { Check } from '../../checkers/check.ts';
import type { EdgeProxy } from '../../client/edge-proxy.ts';
import { inQuietNetwork } from '../quiet-network.ts';
import type { Row } from '../row.ts';

export const swagger: Row = {
  name: 'swagger',
  shows: '"Execute" in Swagger UI under /api/docs, in Chromium',
  run: async (check, subject) => {
    const browser = await subject.browser();
    await inQuietNetwork(check, (seen) => execute(seen, browser, subject.edge));
  },
};

async function execute(check: Check, browser: Browser, edge: EdgeProxy): Promise<void> {
  const page = await browser.newPage({ ignoreHTTPSErrors: edge.ca !== undefined });
  try {
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    await page.goto(`${edge.origin}/api/docs`);
    const operation = page.locator('.opblock', { has: page.locator('[data-path="/whoami"]') });
    await operation.locator('.opblock-summary').click();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    const [request] = await Promise.all([
      page.waitForRequest((each) => each.url().endsWith('/whoami')),
      operation.getByRole('button', { name: 'Execute' }).click(),
    ]);
    check.equal('the address that it asks', request.url(), `${edge.origin}/api/whoami`);
    const answer = operation.locator('.live-responses-table .response').first();
    await answer.waitFor({ timeout: 20_000 });
    const shown = (await answer.textContent()) ?? '';
    // Swagger UI shows this in place of an answer that it did not get.
    if (shown.includes('Failed to fetch')) throw new Error('Failed to fetch');
    const status = (await answer.locator('.response-col_status').first().textContent()) ?? '';
    check.holds('the status that it shows is 200', status.includes('200'), status);
    check.holds('the answer that it shows names a replica', shown.includes('served_by'));
    check.equal('errors of the page', faults, []);
  } finally {
    await page.close();
  }
}
