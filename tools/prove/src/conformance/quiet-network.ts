import { Check } from '../checkers/check.ts';

const ATTEMPTS_MAX = 3;

/**
 * Chromium drops what is under way when any network of the machine changes, as it does when another fleet comes or goes.
 * Such an attempt is made again from its beginning, and what it saw does not count.
 */
export async function inQuietNetwork(check: Check, attempt: (seen: Check) => Promise<void>): Promise<void> {
  for (let left = ATTEMPTS_MAX; ; left -= 1) {
    const seen = new Check();
    const fault = await attempt(seen).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    );
    if (fault && left > 1 && /ERR_NETWORK_CHANGED|Failed to fetch/.test(fault.message)) continue;
    check.take(seen);
    if (fault) throw fault;
    return;
  }
}
