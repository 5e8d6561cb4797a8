import { strict as assert } from 'node:assert';
import type { State } from '../src/index.ts';

const WORKERS = 8;
const COUNTERS = 5;
const WINDOW_MS = 86_400_000;
const response = { status: 201, headers: {}, body: 'made' };

/** Work on counters and idempotency keys of replicas that share them, and what must come of it. */
export interface LayoutLoad {
  /** Works for so long, each step at another one of these. */
  run(replicas: readonly State[], ms: number): Promise<void>;
  /** Asks these for all that was done since the load was made. */
  verify(replica: State): Promise<void>;
  readonly steps: number;
}

export function layoutLoad(): LayoutLoad {
  const counts = new Map<string, Set<number>>();
  const tokens = new Map<string, number>();
  const done: string[] = [];
  let steps = 0;

  /** A count that came twice, or was left out, shows that two were counted apart. */
  function note(name: string, count: number): void {
    const seen = counts.get(name) ?? new Set();
    counts.set(name, seen);
    assert(!seen.has(count), `${name} was ${count} twice`);
    seen.add(count);
  }

  async function step(n: number, one: State, other: State): Promise<void> {
    const name = `n${n % COUNTERS}`;
    note(name, await one.counters.add(name));
    note(`w-${name}`, (await one.counters.addWithin(name, { windowMs: WINDOW_MS })).count);
    const idempotencyToken = `t${n}`;
    const count = await one.counters.add('tokens', 1, { idempotencyToken });
    note('tokens', count);
    tokens.set(idempotencyToken, count);
    assert.equal(await other.counters.add('tokens', 1, { idempotencyToken }), count);
    const scope = `s${n}`;
    const [begun, again] = [await one.idempotency.begin(scope, 'f'), await other.idempotency.begin(scope, 'f')];
    assert(begun.kind === 'mine' && again.kind === 'in-flight', `${scope} is ${begun.kind} and ${again.kind}`);
    if (n % 4 === 0) {
      assert(await other.idempotency.abandon(begun.claim), `${scope} is not released`);
      assert.equal((await one.idempotency.begin(scope, 'f')).kind, 'mine');
      return;
    }
    assert(await one.idempotency.finish(begun.claim, response));
    assert.deepEqual(await other.idempotency.begin(scope, 'f'), { kind: 'done', response });
    done.push(scope);
  }

  return {
    get steps() {
      return steps;
    },
    async run(replicas, ms) {
      const endMs = performance.now() + ms;
      const at = (n: number): State => replicas[n % replicas.length]!;
      const work = async (): Promise<void> => {
        while (performance.now() < endMs) {
          const n = steps++;
          await step(n, at(n), at(n + 1));
        }
      };
      await Promise.all(Array.from({ length: WORKERS }, work));
    },
    async verify({ counters, idempotency }) {
      for (const [name, seen] of counts) {
        assert.deepEqual([Math.min(...seen), Math.max(...seen)], [1, seen.size], `${name} has a gap`);
        const count = name.startsWith('w-')
          ? (await counters.readWithin(name.slice(2), { windowMs: WINDOW_MS })).count
          : await counters.read(name);
        assert.equal(count, seen.size, name);
      }
      for (const [idempotencyToken, count] of tokens)
        assert.equal(await counters.add('tokens', 1, { idempotencyToken }), count);
      for (const scope of done)
        assert.deepEqual(await idempotency.begin(scope, 'f'), { kind: 'done', response }, scope);
    },
  };
}
