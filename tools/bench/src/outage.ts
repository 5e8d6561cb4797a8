import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { DiscoveryError, openDiscovery, originOf, type Upstream } from '@nestfleet/discovery';
import { shortOf, type Bench } from './report.ts';

const EVERY_MS = 5;
const DEADLINE_MS = 2_000;
const ATTEMPTS = 3;

export interface OutagePlan {
  readonly replicas: number;
  readonly beforeMs: number;
  readonly downMs: number;
  readonly afterMs: number;
}

interface Call {
  readonly atMs: number;
  attempts: number;
  /** Who answered; undefined: it failed. */
  by?: number;
}

async function listen(port: number): Promise<Server> {
  const server = createServer((_, response) => response.end('ok')).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** A replica that can be stopped and started again on its port. */
async function startReplica(): Promise<{ port: number; stop(): Promise<void>; start(): Promise<void> }> {
  let server = await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
    start: async () => void (server = await listen(port)),
  };
}

async function callOnce(upstream: Upstream, call: Call): Promise<void> {
  try {
    call.by = await upstream.call(
      async (instance, signal) => {
        call.attempts += 1;
        const response = await fetch(new URL('/', originOf(instance)), { signal });
        await response.text();
        return instance.port;
      },
      { deadlineMs: DEADLINE_MS, attempts: ATTEMPTS },
    );
  } catch (error) {
    if (!(error instanceof DiscoveryError)) throw error;
  }
}

const STEADY: OutagePlan = { replicas: 3, beforeMs: 3_000, downMs: 8_000, afterMs: 6_000 };

/** All replicas go and come back under 200 requests a second; nobody helps. */
export async function runOutage(plan: OutagePlan = STEADY): ReturnType<Bench['run']> {
  const replicas = await Promise.all(Array.from({ length: plan.replicas }, startReplica));
  const discovery = openDiscovery({
    kind: 'fixed',
    services: { bench: replicas.map(({ port }) => `127.0.0.1:${port}`) },
  });
  const upstream = discovery.upstreams.of('bench');
  await upstream.ready();

  const calls: Call[] = [];
  const running: Promise<void>[] = [];
  const timer = setInterval(() => {
    const call: Call = { atMs: performance.now(), attempts: 0 };
    calls.push(call);
    running.push(callOnce(upstream, call));
  }, EVERY_MS);
  await pause(plan.beforeMs);
  await Promise.all(replicas.map((replica) => replica.stop()));
  const goneMs = performance.now();
  await pause(plan.downMs);
  const returnsMs = performance.now();
  await Promise.all(replicas.map((replica) => replica.start()));
  const backMs = performance.now();
  await pause(plan.afterMs);
  clearInterval(timer);
  await Promise.all(running);
  discovery.close();
  await Promise.all(replicas.map((replica) => replica.stop()));

  const during = calls.filter(({ atMs }) => atMs >= goneMs && atMs < returnsMs);
  const after = calls.filter(({ atMs }) => atMs >= backMs);
  const amplification = during.reduce((sum, { attempts }) => sum + attempts, 0) / during.length;
  const lastFailure = after.findLast(({ by }) => by === undefined);
  const firstByEach = replicas.map(({ port }) => after.find(({ by }) => by === port)?.atMs ?? Infinity);
  const failedAfter = after.filter(({ by }) => by === undefined).length;
  const allServeMs = Math.max(...firstByEach) - backMs;
  return {
    table: [
      ['phase', 'calls', 'failed'],
      ...[
        ['before', calls.filter(({ atMs }) => atMs < goneMs)] as const,
        ['down', during] as const,
        ['up again', after] as const,
      ].map(([name, some]) => [name, `${some.length}`, `${some.filter(({ by }) => by === undefined).length}`]),
    ],
    bounds: [
      { what: 'attempts per call while all are down', value: amplification, max: 1.2, unit: '×' },
      {
        what: `until no call fails any more (${failedAfter} failed), from the return on`,
        value: lastFailure ? (lastFailure.atMs - backMs) / 1_000 : 0,
        max: 10,
        unit: 's',
      },
      { what: `until each of ${replicas.length} serves again`, value: allServeMs / 1_000, max: 10, unit: 's' },
    ],
  };
}

export const outage: Bench = {
  name: 'outage',
  shows: `all replicas down for ${shortOf(STEADY.downMs / 1_000)} s under 200 requests a second (loopback)`,
  run: () => runOutage(),
  short: () => runOutage({ replicas: 2, beforeMs: 100, downMs: 200, afterMs: 1_000 }),
};
