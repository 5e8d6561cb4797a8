import { expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { roundRobin } from './balancers/round-robin.ts';
import { fixedCatalog } from '../fixed/catalog.ts';
import { createUpstreams } from './upstreams.ts';

const random = () => 0.5;

it.each([
  ['slowly, as it is told', { windowMs: 60_000, minWeight: 0 }, [1]],
  ['at once without a window', { windowMs: 0 }, [1, 2]],
])('createUpstreams gives a newcomer its share %s', async (_, slowStart, expected) => {
  const catalog = fixedCatalog({ api: ['127.0.0.1:1'] });
  const stop = new AbortController();
  const newBalancer = () => roundRobin(random);
  const upstream = createUpstreams({ catalog, newBalancer, signal: stop.signal, random, slowStart }).of('api');
  await upstream.ready();
  // A load: two requests in flight at one instance.
  for (let held = 0; held < 2; held += 1) upstream.pick();
  catalog.put('api', ['127.0.0.1:1', '127.0.0.1:2']);
  await until(() => upstream.members().length === 2, 5_000);
  const ports = Array.from({ length: 10 }, () => upstream.pick()?.instance.port);
  expect(new Set(ports)).toEqual(new Set(expected));
  stop.abort();
});
