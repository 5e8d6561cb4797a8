import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ask } from '../src/client/http-client.ts';
import { until } from '../src/client/until.ts';
import { startTarget, type TargetProcess } from '../src/fuzz/target-process.ts';
import { type HalfHeads, openHalfHeads } from '../src/load/half-heads.ts';

const GATEWAY = resolve(import.meta.dirname, '../../../dist/apps/frontend-gateway');
/** The long ones take most of the time, and more than twice all places that there are. */
const HALF_HEADS = { count: 20_000, longCount: 2_500 };
/** Default of CLIENT_CONNECTIONS_MAX, and what may arrive beside them before some are closed. */
const HELD_MAX = 1_000 + 511;
const MEMORY_MAX_KIB = 256 * 1_024;
/** Half of the memory for the heap, which is what Node takes by itself in a container. */
const HEAP_FLAGS = ['--max-old-space-size=128', '--max-semi-space-size=4'];
/** So long they may take to send. A machine that is too busy for all of them has to send so many that all places change hands. */
const WITHIN_MS = 45_000;
const SENT_MIN = 4 * HELD_MAX;
/** A visit comes with each so many of them. */
const VISIT_EVERY = 50;

const isLinux = existsSync('/proc/self/status');
/** On other systems the loopback interface has one address unless told. */
const addresses = isLinux ? Array.from({ length: 20 }, (_, at) => `127.0.0.${at + 2}`) : ['127.0.0.1'];

/** Descriptors that this process, and those that it starts, may have; undefined where the system does not tell. */
function descriptorsMax(): number | undefined {
  if (!isLinux) return undefined;
  const [, , hard] = /^Max open files\s+(\d+)\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return hard === undefined ? undefined : Number(hard);
}

/** The most memory that it ever had, KiB; undefined where the system does not tell. */
function peakMemoryKib(pid: number): number | undefined {
  if (!isLinux) return undefined;
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

const needed = 2 * HELD_MAX;
const available = descriptorsMax() ?? Infinity;
if (available < needed) {
  if (process.env['CI']) throw new Error(`${available} descriptors are too few: ${needed} are needed (ulimit -n)`);
  console.warn(`DESCRIPTORS ARE TOO FEW: ${available} OF ${needed} (ulimit -n). 20,000 HALF HEADS ARE NOT SENT.`);
}
const withDescriptors = available < needed ? describe.skip : describe;

withDescriptors('a gateway of 256 MiB', () => {
  let replica: Server;
  let gateway: TargetProcess | undefined;
  let halfHeads: HalfHeads | undefined;
  afterEach(() => {
    halfHeads?.close();
    gateway?.kill();
    replica?.closeAllConnections();
    replica?.close();
  });

  it(`lives through ${HALF_HEADS.count} half heads, and answers everybody else`, async () => {
    replica = createServer((_request, response) => void response.end('{}'));
    await once(replica.listen(0, '127.0.0.1'), 'listening');
    const api = `127.0.0.1:${(replica.address() as AddressInfo).port}`;
    const settings = { DISCOVERY: 'fixed', DISCOVERY_FIXED: `api=${api}` };
    gateway = await startTarget('gateway', GATEWAY, settings, HEAP_FLAGS);
    const port = gateway.ports.http!;
    const answers = new Map<string, number>();
    const visit = async (): Promise<void> => {
      const answer = await ask(`http://127.0.0.1:${port}/api/`).then(({ status }) => String(status), String);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    };
    const visits: Promise<void>[] = [];
    const onSent = (sent: number): void => {
      if (sent % VISIT_EVERY === 0) visits.push(visit());
    };
    halfHeads = await openHalfHeads(port, HALF_HEADS, addresses, onSent, AbortSignal.timeout(WITHIN_MS));
    const { sent } = halfHeads;
    await Promise.all([...visits, visit()]);
    expect(gateway.death()).toBeUndefined();
    const peakKib = peakMemoryKib(gateway.pid);
    console.log(`${sent} sent, at most ${peakKib} KiB, visits:`, answers);
    if (sent < HALF_HEADS.count)
      console.warn(`THE MACHINE IS TOO BUSY: ${sent} OF ${HALF_HEADS.count} HALF HEADS WERE SENT IN ${WITHIN_MS} ms.`);
    expect(sent).toBeGreaterThanOrEqual(SENT_MIN);
    expect([...answers]).toEqual([['200', visits.length + 1]]);
    expect(peakKib ?? 0).toBeLessThan(MEMORY_MAX_KIB);
    await until('most of them are closed', () => halfHeads!.closed >= sent - HELD_MAX, 10_000);
  }, 120_000);
});
