import type { Counter } from '@nestfleet/contracts';
import { type Answer } from '../../client/http-client.ts';
import { until } from '../../client/until.ts';
import type { Row } from '../row.ts';

const REPEATS = 12;
const WINDOW_MS = 1_000;
const bodyOf = ({ text }: Answer): Counter => JSON.parse(text) as Counter;
const own = (): string => `conformance-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;

export const counters: Row = {
  name: 'counters',
  shows: 'a counter moves once for an Idempotency-Key, whatever replicas it is sent to, and a window ends',
  run: async (check, { edge }) => {
    const name = own();
    const path = `/api/counters/${name}`;
    const add = (body: object, key?: string): Promise<Answer> =>
      edge.ask(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) },
        body: JSON.stringify(body),
      });
    check.equal('a counter that was never moved', bodyOf(await edge.ask(path)).count, 0);
    const servers = new Set<string>();
    const key = own();
    for (let n = 0; n < REPEATS; n += 1) {
      const answer = await add({ by: 2 }, key);
      servers.add(String(answer.headers['x-served-by']));
      check.equal('the same key again', [answer.status, bodyOf(answer).count], [200, 2]);
      const replayed = answer.headers['idempotency-replayed'];
      check.equal('says whether it was answered before', replayed, n === 0 ? undefined : 'true');
    }
    check.atLeast('replicas that it was sent to', servers.size, 2);
    check.equal('the same key for another amount', (await add({ by: 3 }, key)).status, 422);
    check.equal('another key', bodyOf(await add({ by: 3 }, own())).count, 5);
    check.equal('no key', [bodyOf(await add({})).count, bodyOf(await add({})).count], [6, 7]);
    check.equal('what is read', bodyOf(await edge.ask(path)).count, 7);
    check.equal('a key that is none', (await add({}, 'ä')).status, 400);

    const counted = bodyOf(await add({ window_ms: WINDOW_MS }));
    check.equal('the first of a window', counted.count, 1);
    check.atMost('milliseconds until it ends', counted.window_ends_in_ms ?? Number.NaN, WINDOW_MS);
    await until(
      'the window is over',
      async () => bodyOf(await edge.ask(`${path}?window_ms=${WINDOW_MS}`)).count === 0,
      5 * WINDOW_MS,
    );
    check.equal('the counter beside it', bodyOf(await edge.ask(path)).count, 7);
  },
};
