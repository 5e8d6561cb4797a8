import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../servers/errors.ts';
import { connectDaemon } from './connect.ts';
import { stopLeftovers } from './leftovers.ts';
import { createReferenceCount } from './reference-count.ts';
import { lockUntilExit } from '../process/file-lock.ts';
import { lineReader } from '../process/line-reader.ts';
import { devServersPaths } from './paths.ts';
import { type DaemonEndpoint, type DevServersSettings, type ServersReply, readRequest } from './protocol.ts';
import { createDevServers } from './servers.ts';

// The daemon owns Redis and Consul for processes that may die at any time: a reference is a connection, so the kernel
// releases it.

const firstReferenceMs = 10_000;
/** An earlier daemon of this folder stops its servers in this time. */
const lockWaitMs = 20_000;

const settings = JSON.parse(process.argv[2] ?? '{}') as DevServersSettings;
const paths = devServersPaths(settings.dir);
const log = (line: string): void => console.log(`${new Date().toISOString()} [${process.pid}] ${line}`);

/** False when another daemon locked the folder first. One that is about to exit listens no longer, so it is waited for. */
async function lock(): Promise<boolean> {
  const giveUpAtMs = performance.now() + lockWaitMs;
  while (!lockUntilExit(paths.lock)) {
    const rival = await connectDaemon(paths);
    rival?.destroy();
    if (rival !== undefined || performance.now() > giveUpAtMs) return false;
    await pause(100);
  }
  return true;
}

async function run(): Promise<void> {
  mkdirSync(settings.dir, { recursive: true });
  if (!(await lock())) return log('another daemon serves this folder');
  // Nobody else can be listening while the lock is ours: what lies there is a dead daemon's.
  rmSync(paths.socket, { force: true });
  const stopped = await stopLeftovers(paths.processes);
  if (stopped > 0) log(`stopped ${stopped} server(s) of a daemon that was killed`);

  const servers = createDevServers(settings.dir, paths.processes, !settings.temporary, log);
  const idle = new Promise<void>((resolve) => {
    const references = createReferenceCount({ firstMs: firstReferenceMs, lingerMs: settings.linger_ms }, resolve);
    listener.on('connection', (socket: Socket) => {
      const release = references.acquire();
      const end = (): void => {
        release();
        // The last one waits: the end of its connection says that the servers are gone.
        if (references.count() > 0) socket.end();
      };
      socket.once('end', end);
      socket.once('close', end);
      socket.on('error', end);
      const answer = (reply: ServersReply): unknown => !socket.destroyed && socket.write(`${JSON.stringify(reply)}\n`);
      socket.on(
        'data',
        lineReader((line) => {
          void Promise.resolve()
            .then(() => servers.ensure(readRequest(line)))
            .catch((fault: unknown) => ({ fault: messageOf(fault) }))
            .then(answer);
        }),
      );
    });
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, resolve);
  });
  listener.listen(paths.socket);
  await once(listener, 'listening');
  const endpoint: DaemonEndpoint = { pid: process.pid, socket: paths.socket };
  writeFileSync(paths.endpoint, JSON.stringify(endpoint));
  log('listening');

  await idle;
  listener.close();
  rmSync(paths.endpoint, { force: true });
  await servers.stop();
  rmSync(paths.processes, { force: true });
  log('servers stopped');
  if (settings.temporary) rmSync(settings.dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

const listener = createServer({ allowHalfOpen: true });
try {
  await run();
  process.exit(0);
} catch (fault) {
  log(`failed: ${messageOf(fault)}`);
  process.exit(1);
}
