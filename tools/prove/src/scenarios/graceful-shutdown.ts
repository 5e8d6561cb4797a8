import { SERVICE_NAMES } from '@nestfleet/contracts';
import { bounded } from '../checkers/finding.ts';
import { noFailure } from '../checkers/outcomes.ts';
import type { Operation } from '../load/operation.ts';
import { type Mix, post, slowGet, slowPost, visit, whoami } from '../load/requests.ts';
import { ENGINES } from '../driver/fleet-options.ts';
import type { Scenario, ScenarioContext } from '../runner/scenario.ts';

/** Half of them POST, more than half in flight long enough to meet a replica that shuts down. */
const mix: Mix = [
  ...[250, 500, 750].flatMap((ms): Mix => [
    [slowGet(ms), 10],
    [slowPost(ms), 10],
  ]),
  [post, 20],
  [whoami, 10],
  [visit, 10],
];
const SLOW_MS = { least: 200, most: 1_500 };

interface Proof {
  readonly cycles: number;
  readonly perSecond: number;
  readonly requests: number;
  /** Slow ones that overlap a removal. */
  readonly overlaps: number;
}
/** A fast machine is through its cycles before that many requests were sent; it goes on for at most so many more. */
const FURTHER_CYCLES_MAX = 20;
const quick: Proof = { cycles: 1, perSecond: 120, requests: 500, overlaps: 100 };
const whole: Proof = { cycles: 10, perSecond: 190, requests: 10_000, overlaps: 2_000 };

const isSlow = ({ invokedMs, endedMs }: Operation): boolean =>
  endedMs - invokedMs >= SLOW_MS.least && endedMs - invokedMs <= SLOW_MS.most;

/** How long each removal took, on the clock of the history. */
async function timed(context: ScenarioContext, work: () => Promise<void>): Promise<readonly [number, number]> {
  const fromMs = context.nowMs();
  await work();
  return [fromMs, context.nowMs()];
}

export const gracefulShutdown: Scenario = {
  name: 'graceful-shutdown',
  fault: 'the api is scaled 1 → 5 → 2 again and again, then every service has a rolling restart',
  load: 'requests, half of them POST, half over new connections, most in flight for 250 to 750 ms',
  invariant: 'no request fails, none is cut short',
  bound: '0 failed of 10,000 in 10 cycles (quick: of 500 in one); 2,000 (100) slow ones overlap a removal',
  engines: ENGINES,
  tier: 'quick',
  run: async (context) => {
    const { driver, rate, load, expect, note, isQuick } = context;
    const proof = isQuick ? quick : whole;
    await driver.scale('api', 1);
    const running = await load({ perSecond: rate(proof.perSecond), mix, limitMs: 20 * 60_000 });
    const removals: (readonly [number, number])[] = [];
    const sentEnough = () => running.operations.length >= proof.requests;
    let cycles = 0;
    while (cycles < proof.cycles || (!sentEnough() && cycles < proof.cycles + FURTHER_CYCLES_MAX)) {
      if (cycles > 0) removals.push(await timed(context, () => driver.scale('api', 1)));
      await driver.scale('api', 5);
      removals.push(await timed(context, () => driver.scale('api', 2)));
      cycles += 1;
    }
    for (const service of SERVICE_NAMES) {
      // A gateway that is alone is the edge proxy itself: its restart is an outage, as deploy/README says.
      if (service === 'frontend-gateway' && (await driver.ready(service)).length === 1) continue;
      removals.push(await timed(context, () => driver.roll(service)));
    }
    const operations = await running.stop();
    await driver.scale('api', 3);

    const overlapping = operations.filter(
      (each) => isSlow(each) && removals.some(([from, to]) => each.invokedMs < to && each.endedMs > from),
    );
    const posts = operations.filter(({ kind }) => kind.startsWith('post'));
    const fresh = operations.filter(({ connection }) => connection === 'new');
    expect(noFailure(operations));
    expect(bounded('requests', operations.length, { least: proof.requests }));
    expect(bounded('slow requests that overlap a removal', overlapping.length, { least: proof.overlaps }));
    expect(bounded('share of POST', posts.length / operations.length, { least: 0.4 }));
    expect(bounded('share over new connections', fresh.length / operations.length, { least: 0.4 }));
    const lost = operations.filter(({ outcome }) => outcome !== 'ok').length;
    note(`${operations.length} requests, ${lost} lost; ${overlapping.length} slow ones overlap a removal`);
    note(`${cycles} cycles, ${removals.length} removals`);
  },
};
