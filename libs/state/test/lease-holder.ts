import { openState } from '../src/index.ts';

/**
 * A process that holds a lease until it is lost, and says what it sees, a line each:
 * `node lease-holder.ts <redis url> <namespace> <lifetime ms>`.
 */
const [url = '', namespace = '', ttlMs = ''] = process.argv.slice(2);
const say = (line: object): void => console.log(JSON.stringify(line));

const state = openState({ redisUrl: url, namespace });
await state.ready();
try {
  await state.leases.hold('one', { ttlMs: Number(ttlMs) }, async (lease) => {
    // Before it is said: whoever reads it may stop this process at once, and a signal that is aborted tells nobody any more.
    const lost = new Promise((resolve) => lease.signal.addEventListener('abort', resolve));
    say({ token: lease.fencingToken });
    // Not unref'd: the lease alone keeps no process alive.
    const alive = setInterval(() => undefined, 1_000);
    await lost;
    clearInterval(alive);
  });
} catch (error) {
  say({ error: (error as { code?: unknown }).code });
}
await state.close();
