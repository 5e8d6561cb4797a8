import {
  BALANCER_NAMES,
  openDiscovery,
  type BalancerName,
  type FixedInstance,
  type Pick,
  type PickOptions,
  type Upstream,
} from '@nestfleet/discovery';
import { measureUs, DEFAULTS, type Sampling } from './measure.ts';
import { shortOf, type Bench, type Bound } from './report.ts';

const COUNTS = [3, 30, 200];
const WAYS = ['plain', 'one excluded', 'a third ejected', 'weights 1 to 5'] as const;
type Way = (typeof WAYS)[number];

const DEFAULT_MAX_US = 2;
const ANY_MAX_US = 20;

const instances = (count: number, way: Way): FixedInstance[] =>
  Array.from({ length: count }, (_, at) => ({
    address: '127.0.0.1',
    port: at + 1,
    weight: way === 'weights 1 to 5' ? (at % 5) + 1 : 1,
  }));

const idOf = (port: number): string => `bench-127.0.0.1:${port}`;

/** Picks with twice as many uses running as there are instances, the oldest released with each pick. */
function picking(upstream: Upstream, count: number, options: PickOptions): () => void {
  const running: (Pick | undefined)[] = Array.from({ length: count * 2 }, () => undefined);
  let at = 0;
  return () => {
    running[at]?.release('ok');
    running[at] = upstream.pick(options);
    at = (at + 1) % running.length;
  };
}

async function pickUs(balancer: BalancerName, count: number, way: Way, sampling: Sampling): Promise<number> {
  const discovery = openDiscovery({ kind: 'fixed', services: { bench: instances(count, way) } }, { balancer });
  const upstream = discovery.upstreams.of('bench');
  await upstream.ready();
  const ejected = way === 'a third ejected' ? Array.from({ length: Math.ceil(count / 3) }, (_, at) => at * 3 + 1) : [];
  const eject = (): void => ejected.forEach((port) => upstream.pick({ only: idOf(port) })?.release('refused'));
  const options = way === 'one excluded' ? { exclude: new Set([idOf(2)]) } : {};
  const us = measureUs(picking(upstream, count, options), sampling, eject);
  discovery.close();
  return us;
}

/** The least that anybody could do: a random place in a list. */
function baselineUs(count: number, sampling: Sampling): number {
  const list = instances(count, 'plain');
  let seen: unknown;
  const us = measureUs(() => (seen = list[Math.floor(Math.random() * list.length)]), sampling);
  if (seen === undefined) throw new Error('nothing was picked');
  return us;
}

export async function runPick(
  sampling: Sampling = DEFAULTS,
  counts: readonly number[] = COUNTS,
): ReturnType<Bench['run']> {
  const table = [['balancer, instances', ...WAYS.map((way) => `${way} µs`), '× baseline', 'picks/s']];
  const worst = new Map<BalancerName, number>();
  for (const count of counts) {
    const baseline = baselineUs(count, sampling);
    table.push([`random index (baseline), ${count}`, shortOf(baseline), '', '', '', '1', '']);
    for (const balancer of BALANCER_NAMES) {
      const us: number[] = [];
      for (const way of WAYS) us.push(await pickUs(balancer, count, way, sampling));
      const plain = us[0] ?? Number.NaN;
      worst.set(balancer, Math.max(worst.get(balancer) ?? 0, ...us));
      table.push([
        `${balancer}, ${count}`,
        ...us.map(shortOf),
        (plain / baseline).toFixed(0),
        Math.round(1_000_000 / plain).toLocaleString('en'),
      ]);
    }
  }
  const bounds = [...worst].map(([balancer, value]): Bound => ({
    what: `worst of ${balancer}`,
    value,
    max: balancer === 'power-of-two' ? DEFAULT_MAX_US : ANY_MAX_US,
    unit: 'µs',
  }));
  return { table, bounds };
}

export const pick: Bench = {
  name: 'pick',
  shows: 'what one pick costs, the release of an older one included',
  run: () => runPick(),
  short: () => runPick({ rounds: 1, roundMs: 1 }, [3]),
};
