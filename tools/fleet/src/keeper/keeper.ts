import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { wordsOf } from '../servers/errors.ts';
import { connectKeeper } from './connect.ts';
import { endLeftovers } from './leftovers.ts';
import { createLeases } from './leases.ts';
import { lockForLife } from './lock.ts';
import { keeperPlace } from './place.ts';
import { type KeeperCard, type KeeperSettings, type LeaseReply, lineReader, readRequest } from './protocol.ts';
import { keepServers } from './servers.ts';

/** Owns Redis and Consul for processes that may die at any time: a lease is a connection, so the kernel ends it. */

const firstLeaseMs = 10_000;
/** An earlier keeper of this folder stops its servers in this time. */
const lockWaitMs = 20_000;

const settings = JSON.parse(process.argv[2] ?? '{}') as KeeperSettings;
const place = keeperPlace(settings.dir);
const log = (line: string): void => console.log(`${new Date().toISOString()} [${process.pid}] ${line}`);

/** False when another keeper took the folder first. One that is about to end listens no longer, so it is waited for. */
async function lock(): Promise<boolean> {
  const giveUpAtMs = performance.now() + lockWaitMs;
  while (!lockForLife(place.lock)) {
    const rival = await connectKeeper(place);
    rival?.destroy();
    if (rival !== undefined || performance.now() > giveUpAtMs) return false;
    await pause(100);
  }
  return true;
}

async function keep(): Promise<void> {
  mkdirSync(settings.dir, { recursive: true });
  if (!(await lock())) return log('another keeper serves this folder');
  // Nobody else can be listening while the lock is ours: what lies there is a dead keeper's.
  rmSync(place.socket, { force: true });
  const ended = await endLeftovers(place.marks);
  if (ended > 0) log(`ended ${ended} server(s) of a keeper that was killed`);

  const servers = keepServers(settings.dir, place.marks, !settings.temporary, log);
  const idle = new Promise<void>((resolve) => {
    const leases = createLeases({ firstMs: firstLeaseMs, lingerMs: settings.linger_ms }, resolve);
    listener.on('connection', (socket: Socket) => {
      const giveBack = leases.take();
      const end = (): void => {
        giveBack();
        // The last one waits: the end of its connection says that the servers are gone.
        if (leases.count() > 0) socket.end();
      };
      socket.once('end', end);
      socket.once('close', end);
      socket.on('error', end);
      const answer = (reply: LeaseReply): unknown => !socket.destroyed && socket.write(`${JSON.stringify(reply)}\n`);
      socket.on(
        'data',
        lineReader((line) => {
          void Promise.resolve()
            .then(() => servers.ensure(readRequest(line)))
            .catch((fault: unknown) => ({ fault: wordsOf(fault) }))
            .then(answer);
        }),
      );
    });
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, resolve);
  });
  listener.listen(place.socket);
  await once(listener, 'listening');
  const card: KeeperCard = { pid: process.pid, socket: place.socket };
  writeFileSync(place.card, JSON.stringify(card));
  log('keeping');

  await idle;
  listener.close();
  rmSync(place.card, { force: true });
  await servers.stop();
  rmSync(place.marks, { force: true });
  log('servers stopped');
  if (settings.temporary) rmSync(settings.dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

const listener = createServer({ allowHalfOpen: true });
try {
  await keep();
  process.exit(0);
} catch (fault) {
  log(`failed: ${wordsOf(fault)}`);
  process.exit(1);
}
