import type { Browser } from 'playwright-core';
import { chromiumPath, launchChromium } from '../client/chromium.ts';
import type { EdgeProxy } from '../client/edge-proxy.ts';
import type { FleetDriver } from '../driver/fleet-driver.ts';
import { NotRun, type Subject } from './row.ts';

/** What the rows are run against. Under CI a missing browser is a fault, as a missing server is elsewhere. */
export function openSubject(
  edge: EdgeProxy,
  driver: FleetDriver | undefined,
  { isCi }: { readonly isCi: boolean },
): { readonly subject: Subject; readonly close: () => Promise<void> } {
  let browser: Promise<Browser> | undefined;
  const subject: Subject = {
    edge,
    knownDriver: driver,
    driver: () => {
      if (!driver)
        throw new NotRun('not run', 'only an address is known; --engine brings up a fleet that can be changed');
      return driver;
    },
    browser: () => {
      const path = chromiumPath();
      const lacks = 'Chromium is missing: install it or name it in CHROMIUM';
      if (path === undefined) throw isCi ? new Error(lacks) : new NotRun('not run', lacks);
      return (browser ??= launchChromium(path, edge.hostRules));
    },
    needDiagnostics: async () => {
      const { status } = await edge.ask('/api/diagnostics/headers');
      if (status !== 404) return;
      const lacks = 'the api runs without DIAGNOSTIC_ROUTES=true';
      throw driver ? new Error(lacks) : new NotRun('not run', lacks);
    },
  };
  const close = async (): Promise<void> => {
    await (await browser)?.close();
  };
  return { subject, close };
}
