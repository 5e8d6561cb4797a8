import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findConsul, findRedisServer } from './servers/find.ts';

const started: ChildProcess[] = [];
const dir = mkdtempSync(join(tmpdir(), 'nestfleet-run-'));

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

async function eventually(what: string, deadlineMs: number, probe: () => Promise<boolean>): Promise<void> {
  const endMs = Date.now() + deadlineMs;
  for (;;) {
    if (await probe().catch(() => false)) return;
    if (Date.now() > endMs) throw new Error(`${what} was not ready within ${deadlineMs} ms`);
    await pause(50);
  }
}

async function startRedis(path: string): Promise<string> {
  const [port = 0] = await freePorts(1);
  const child = spawn(
    path,
    ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'no'],
    { stdio: 'ignore' },
  );
  started.push(child);
  const { connect } = await import('node:net');
  await eventually('redis', 10_000, async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write('PING\r\n');
    const [data] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return data.toString().startsWith('+PONG');
  });
  return `redis://127.0.0.1:${port}`;
}

async function startConsul(path: string): Promise<string> {
  const [http, dns, server, serf] = await freePorts(4);
  const child = spawn(
    path,
    [
      'agent',
      '-server',
      '-bootstrap-expect=1',
      '-bind=127.0.0.1',
      '-client=127.0.0.1',
      `-data-dir=${dir}/consul`,
      `-http-port=${http}`,
      `-dns-port=${dns}`,
      `-server-port=${server}`,
      `-serf-lan-port=${serf}`,
      '-serf-wan-port=-1',
      '-grpc-port=-1',
      '-node=run',
      '-log-level=warn',
      '-hcl',
      'performance{raft_multiplier=1}',
    ],
    { stdio: 'ignore' },
  );
  started.push(child);
  const address = `http://127.0.0.1:${http}`;
  await eventually('consul', 20_000, async () => {
    const health = await fetch(`${address}/v1/health/service/consul?passing`);
    return health.ok && ((await health.json()) as unknown[]).length > 0;
  });
  return address;
}

const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  console.error('usage: node tools/stack/src/with-servers.ts <command> [arguments]');
  process.exit(64);
}
let code = 1;
try {
  const [redis, consul] = await Promise.all([findRedisServer(), findConsul()]);
  const [redisUrl, consulAddress] = await Promise.all([
    process.env['REDIS_URL'] ?? startRedis(redis.path),
    process.env['CONSUL_HTTP_ADDR'] ?? startConsul(consul.path),
  ]);
  const child = spawn(command, args, {
    stdio: 'inherit',
    env: {
      ...process.env,
      REDIS_URL: redisUrl,
      CONSUL_HTTP_ADDR: consulAddress,
      NESTFLEET_REDIS_SERVER: redis.path,
      NESTFLEET_CONSUL: consul.path,
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const [exitCode, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  code = exitCode ?? 128 + (signal === null ? 0 : constants.signals[signal]);
} catch (fault) {
  console.error(`with-servers: ${(fault as Error).message}`);
} finally {
  for (const child of started) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
process.exit(code);
