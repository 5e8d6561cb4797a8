import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { openOrders, type Place, type Point, POINTS, sinkOf } from './databases.ts';
import { describeWithPostgres } from './describe-with-postgres.ts';
import { type PostgresServer, startPostgres } from '../src/testing.ts';

const WITHIN_MS = 40_000;

const start = (role: 'place' | 'relay', place: Place, dieAt: Point | '') =>
  fork(`${import.meta.dirname}/orders-holder.ts`, [role, JSON.stringify(place), dieAt], {
    execArgv: ['--no-warnings'],
  });
const ended = async (...args: Parameters<typeof start>): Promise<unknown> => {
  const [code, signal] = (await once(start(...args), 'exit')) as [number | null, string | null];
  return signal ?? code;
};

const isOfProducer = (point: Point): boolean => point.startsWith('tx.');

/** The message had arrived, and the table did not know it yet. */
const sentAgain = new Set<Point>(['send.delivered', 'mark.before']);

interface Recovered {
  /** How the processes that were to end have ended. */
  readonly ends: readonly unknown[];
  readonly placed: readonly number[];
  readonly sent: readonly { readonly id: string; readonly n: number }[];
}

async function dieAndRecover(place: Place, point: Point): Promise<Recovered> {
  const orders = openOrders(place);
  try {
    await orders.create();
    const ends = [await ended('place', place, isOfProducer(point) ? point : '')];
    if (!isOfProducer(point)) ends.push(await ended('relay', place, point));
    const relays = [start('relay', place, ''), start('relay', place, '')];
    try {
      await until(async () => (await orders.store.backlog()).unsent === 0, WITHIN_MS);
    } finally {
      for (const relay of relays) if (relay.exitCode === null && relay.kill('SIGKILL')) await once(relay, 'exit');
    }
    const lines = existsSync(sinkOf(place)) ? readFileSync(sinkOf(place), 'utf8').trim().split('\n') : [];
    const sent = lines.map((line) => line.split(' ')).map(([id = '', n = '']) => ({ id, n: Number(n) }));
    return { ends, placed: await orders.placed(), sent };
  } finally {
    await orders.close();
  }
}

function itLosesNothing(placeOf: (dir: string, point: Point) => Place): void {
  it.each(POINTS)('at %s: nothing is lost, nothing sent that was not committed', async (point) => {
    const dir = mkdtempSync(join(tmpdir(), 'outbox-crash-'));
    try {
      const { ends, placed, sent } = await dieAndRecover(placeOf(dir, point), point);
      expect(ends).toEqual(isOfProducer(point) ? ['SIGKILL'] : [0, 'SIGKILL']);
      const committed = point === 'tx.committed' ? 3 : 2;
      expect(placed).toHaveLength(isOfProducer(point) ? committed : 8);
      const ids = new Set(sent.map(({ id }) => id));
      const numbers = new Set(sent.map(({ n }) => n));
      expect([...numbers].toSorted((a, b) => a - b)).toEqual(placed);
      // A duplicate has the same key.
      expect(ids.size).toBe(placed.length);
      expect(new Set(sent.map(({ id, n }) => `${id} ${n}`)).size).toBe(placed.length);
      // As many of them as rows were under way, at most.
      const duplicates = sent.length - placed.length;
      expect(duplicates).toBeGreaterThanOrEqual(sentAgain.has(point) ? 1 : 0);
      expect(duplicates).toBeLessThanOrEqual(4);
      // Those of one key came in their order.
      expect([...numbers].filter((n) => n % 2 === 0)).toEqual(placed.filter((n) => n % 2 === 0));
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
}

describe('kill -9 with SQLite', () => {
  itLosesNothing((dir) => ({ kind: 'sqlite', dir }));
});

describeWithPostgres('kill -9 with PostgreSQL', (binary) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres(binary);
  }, 90_000);
  afterAll(() => server?.stop());

  itLosesNothing((dir, point) => ({
    kind: 'pg',
    dir,
    connection: server.connection,
    suffix: point.replace('.', '_'),
  }));
});
