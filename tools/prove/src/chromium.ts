import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The browser of this machine, undefined where there is none. CHROMIUM names another. */
export const chromiumPath = (): string | undefined =>
  [process.env['CHROMIUM'], ...PATHS].find((path) => path !== undefined && existsSync(path));

/** @param hostRules more of `--host-resolver-rules`, so that names which no resolver knows reach a door on loopback */
export async function launchChromium(executablePath: string, hostRules?: string): Promise<Browser> {
  // Without these a browser on a closed network spends its first seconds on look-ups of its own.
  const quiet = [
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  // Root has no user namespace to sandbox with in most containers.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const names = hostRules === undefined ? [] : [`--host-resolver-rules=${hostRules}`];
  // Whoever is interrupted has more to end than the browser, which goes when its pipe closes.
  const signals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
  return chromium.launch({ executablePath, ...signals, args: [...quiet, ...sandbox, ...names] });
}
