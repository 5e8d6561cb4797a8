import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { freePort } from './free-port.ts';
import { type ServerTls, tlsSettings, trust } from './server-tls.ts';
import { type ServerProcess, endServer, spawnServer } from './server-process.ts';

const LOOPBACK = '127.0.0.1';
const STOP_GRACE_MS = 5_000;
const READY_WITHIN_MS = 15_000;
const PING_TIMEOUT_MS = 500;
const PORT_ATTEMPTS = 5;
/** Between tries of one port: who looks for a free one listens on it for a moment. */
const SAME_PORT_AGAIN_AFTER_MS = 100;
/** The second is a Sentinel's. */
const READY_LINE = /eady to accept connections|Sentinel ID is/;

export interface RedisServerOptions {
  /** Data directory, must exist; without it a temporary one that `stop()` removes. */
  dir?: string;
  /** Address of this machine that it is reached at, by everybody who can; a `binary` may run it elsewhere. @default 127.0.0.1 */
  host?: string;
  /** Its port, e.g. the one of a server before, tried 5 times; without it any free one. */
  port?: number;
  /** Append-only file; off when left out. RDB snapshots are always off. */
  appendonly?: boolean;
  /** Only matters with `appendonly`. @default `everysec` */
  appendfsync?: 'always' | 'everysec' | 'no';
  /** Path of redis-server; without it NESTFLEET_REDIS_SERVER, else `redis-server` on PATH. */
  binary?: string;
  /** Further redis.conf settings, e.g. `{ maxmemory: '64mb' }`; asked again for each port that is tried. */
  settings?: Readonly<Record<string, string>> | ((port: number) => Promise<Readonly<Record<string, string>>>);
  /** Talks TLS only; the url is `rediss://…` then. */
  tls?: ServerTls;
  /** The whole command line in place of settings, e.g. that of a Sentinel. */
  args?: (place: { dir: string; port: number }) => Promise<readonly string[]>;
  /** How long the server may take until it answers PING (it loads its data first). @default 15_000 */
  readyWithinMs?: number;
}

export interface RedisServer {
  /** `redis://<host>:<port>` */
  url: string;
  host: string;
  port: number;
  pid: number;
  dir: string;
  child: ChildProcess;
  /** The last 16 kB the server printed. */
  output(): string;
  /** SIGTERM, SIGKILL after 5 s; resolves when it is gone. A temporary directory goes with it. Safe to call twice. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when it is gone. The directory stays for a server that takes over (`{ dir, port }`). */
  kill(): Promise<void>;
}

/** The program that `startRedisServer` runs when none is named. */
export function redisServerBinary(): string {
  const named = process.env['NESTFLEET_REDIS_SERVER'];
  return named === undefined || named === '' ? 'redis-server' : named;
}

/**
 * Runs a real Redis on loopback and resolves when it answers PING.
 * Rejects with the server's own output when it cannot be started or is not ready in time; nothing is left running then.
 */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const binary = options.binary ?? redisServerBinary();
  const host = options.host ?? LOOPBACK;
  const ownDir = options.dir === undefined;
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'nestfleet-redis-')));
  const dropOwnDir = async () => {
    if (ownDir) await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  };
  try {
    for (let attempt = 1; ; attempt += 1) {
      const port = options.port ?? (await freePort());
      const args = options.args?.({ dir, port }) ?? redisArguments(options, dir, port);
      const server = spawnServer(binary, await args);
      const fault = await faultUntilReady(server, port, options);
      if (fault === undefined)
        return handle(server, { host, port, dir, scheme: options.tls === undefined ? 'redis' : 'rediss' }, dropOwnDir);
      await endServer(server, STOP_GRACE_MS);
      const clash = server.output().includes('Address already in use');
      if (!clash || attempt >= PORT_ATTEMPTS) throw startError(binary, port, fault, server.output());
      if (options.port !== undefined) await pause(SAME_PORT_AGAIN_AFTER_MS);
    }
  } catch (error) {
    await dropOwnDir();
    throw error;
  }
}

async function redisArguments(options: RedisServerOptions, dir: string, port: number): Promise<string[]> {
  const more = typeof options.settings === 'function' ? await options.settings(port) : options.settings;
  const settings: Record<string, string> = {
    port: String(port),
    bind: options.host ?? LOOPBACK,
    // Beyond loopback it lets nobody in without a password.
    ...(options.host === undefined ? {} : { 'protected-mode': 'no' }),
    dir,
    daemonize: 'no',
    // A refused write is seen at once; a silently evicted job or session is not.
    'maxmemory-policy': 'noeviction',
    appendonly: options.appendonly === true ? 'yes' : 'no',
    appendfsync: options.appendfsync ?? 'everysec',
    save: '',
    loglevel: 'notice',
    ...(options.tls === undefined ? {} : tlsSettings(options.tls, port)),
    ...more,
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

/** The ready line is asked for beside PING: on a port clash the PING could be answered by somebody else's Redis. */
async function faultUntilReady(
  server: ServerProcess,
  port: number,
  { readyWithinMs: withinMs = READY_WITHIN_MS, tls, host = LOOPBACK }: RedisServerOptions,
): Promise<string | undefined> {
  const endMs = performance.now() + withinMs;
  while (!server.hasExited()) {
    const ready = READY_LINE.test(server.output());
    if (ready && (await answersPing({ host, port }, PING_TIMEOUT_MS, tls && trust(tls)))) return undefined;
    if (performance.now() > endMs) return `was not ready within ${withinMs} ms`;
    await pause(10);
  }
  return 'ended at once';
}

function startError(binary: string, port: number, fault: string, output: string): Error {
  const advice = output.includes('ENOENT') ? '\nInstall redis-server or name its path in NESTFLEET_REDIS_SERVER.' : '';
  return new Error(`redis-server (${binary}) on port ${port} ${fault}. It said:\n${output.trimEnd()}${advice}`);
}

interface Place {
  readonly host: string;
  readonly port: number;
  readonly dir: string;
  readonly scheme: 'redis' | 'rediss';
}

function handle(
  server: ServerProcess,
  { host, port, dir, scheme }: Place,
  dropOwnDir: () => Promise<void>,
): RedisServer {
  return {
    url: `${scheme}://${host}:${port}`,
    host,
    port,
    pid: server.child.pid ?? 0,
    dir,
    child: server.child,
    output: () => server.output(),
    async stop() {
      await endServer(server, STOP_GRACE_MS);
      await dropOwnDir();
    },
    async kill() {
      server.child.kill('SIGKILL');
      await server.exited;
    },
  };
}

/**
 * `answersPing` is true when a Redis there answers PING, be it with NOAUTH; false for a refusal, `-LOADING`, silence of
 * `timeoutMs` or any other fault.
 */
function answersPing(
  place: { readonly host: string; readonly port: number },
  timeoutMs: number,
  tls?: { readonly ca: string },
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = tls === undefined ? connect(place) : connectTls({ ...place, ...tls });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => settle(false));
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => socket.write('PING\r\n'));
    socket.once('data', (data: Buffer) => settle(/^(\+PONG|-NOAUTH)/.test(data.toString('latin1'))));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
  });
}
