import { delimiter, resolve } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { findOnPath, isProgram } from '../../../fleet/src/programs.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'Google Chrome'];
/** Where installers put it, which is not on every PATH. */
const PLACES = ['/usr/bin', '/snap/bin', '/Applications/Google Chrome.app/Contents/MacOS'];

/**
 * The browser of this machine: what CHROMIUM names, PATH, or where installers put it; undefined where there is none.
 * @throws when CHROMIUM names no program: another one would be a quiet replacement
 */
export function chromiumPath(env: NodeJS.ProcessEnv = process.env, places = PLACES): string | undefined {
  const named = env['CHROMIUM'];
  if (named !== undefined && named !== '') {
    if (!isProgram(named)) throw new Error(`${named} (from CHROMIUM) is not an executable file`);
    return resolve(named);
  }
  const searched = [env['PATH'] ?? '', ...places].join(delimiter);
  return NAMES.map((name) => findOnPath(name, searched)).find((path) => path !== undefined);
}

/** @param hostRules more of `--host-resolver-rules`, so that names which no resolver knows reach an edge proxy on loopback */
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
