import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { chromiumPath, launchChromium } from './client/chromium.ts';
import { Fleet } from './driver/make-fleet.ts';
import { pictureOfDashboard } from './pictures/dashboard-picture.ts';

/** Takes the pictures of the documents from a fleet of its own: `make pictures`. */
const path = chromiumPath();
if (path === undefined) throw new Error('Chromium is missing: install it or name it in CHROMIUM');

const file = resolve(import.meta.dirname, '../../../docs/dashboard.png');
const fleet = new Fleet();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void fleet.dispose().finally(() => process.exit(130)));
try {
  await fleet.make('up', { API: 3, GATEWAY: 1, WORKER: 2, PORT: 0 }, 600_000);
  const browser = await launchChromium(path);
  const picture = await pictureOfDashboard(browser, `${fleet.url}/`);
  await browser.close();
  writeFileSync(file, picture);
  console.log(`took ${file}`);
} finally {
  await fleet.dispose();
}
