import { setTimeout as sleep } from 'node:timers/promises';
import { globalCount, sessionCounts } from '../checkers/counting.ts';
import { bounded } from '../checkers/finding.ts';
import { atMostUnknown, noFailure, sentWithin } from '../checkers/outcomes.ts';
import { silentSince } from '../checkers/traffic.ts';
import type { CatalogEntry, Replica } from '../driver/fleet-driver.ts';
import { mixed } from '../load/requests.ts';
import { ENGINES } from '../driver/fleet-options.ts';
import type { Scenario } from '../runner/scenario.ts';
import { until } from '../client/until.ts';
import { attemptsAt } from './attempts.ts';
import { globalCountOf } from './global-count.ts';
import { openFaultTarget } from './fault-target.ts';

/** What is sent so shortly after the death may still be written to a connection whose end has not been read yet. */
const UNDETECTED_MS = 50;
const WATCHED_MS = 6_000;
/** A health check each second that may take 800 ms. */
const HEALTH_PERIOD_MS = 2_000;
/** A kubelet looks at its containers each second, tells the API server, and a controller writes the slice then. */
const UNLISTED_WITHIN_MS = { local: HEALTH_PERIOD_MS, docker: HEALTH_PERIOD_MS, kubernetes: 5_000 } as const;

export const killApi: Scenario = {
  name: 'kill-api',
  fault: 'kill -9 of an api replica',
  load: 'requests of all kinds, over new and kept connections',
  invariant: 'no safe request fails, no other is lost or done twice, the dead one is no longer tried',
  bound: 'unknown: at most those in flight; off the passing list (Kubernetes: after 5 s) and no longer tried after 2 s',
  engines: ENGINES,
  needs: ['signals'],
  tier: 'quick',
  run: async (context) => {
    const { driver, edge, rate, expect, note, nowMs } = context;
    const before = await globalCountOf(edge);
    const { running, victim } = await openFaultTarget(context, { perSecond: rate(200), mix: mixed });
    const orderedMs = nowMs();
    await driver.kill(victim);
    const deadMs = nowMs();
    const listed = await until(
      'the catalog no longer passes it',
      async () => !(await driver.entries('api')).some((each) => isPassing(each, victim)),
      3 * UNLISTED_WITHIN_MS[driver.engine],
      20,
    );
    await sleep(WATCHED_MS);
    const next = await driver.heal(victim);
    const healedMs = nowMs();
    const isServing = (): boolean =>
      sentWithin(running.operations, healedMs).some((each) => each.servedBy === next.servedBy);
    await until('it serves again', isServing, 15_000);
    const operations = await running.stop();

    const safe = operations.filter(({ retryPolicy }) => retryPolicy === 'idempotent');
    const once = operations.filter(({ retryPolicy }) => retryPolicy === 'connect-failure');
    const exposed = once.filter((each) => each.invokedMs <= deadMs + UNDETECTED_MS && each.endedMs >= orderedMs);
    if (driver.edgeRetries) expect(noFailure(safe));
    else
      note(
        `${safe.filter(({ outcome }) => outcome !== 'ok').length} of ${safe.length} safe ones lost: not promised here`,
      );
    expect(atMostUnknown(once, exposed.length));
    expect(sessionCounts(operations));
    expect(globalCount(operations, before, (await globalCountOf(edge)) - 1));
    const isSameId = next.instanceId === victim.instanceId;
    expect(silentSince(operations, victim.instanceId, deadMs, isSameId ? next.startedMs : undefined));
    const most = UNLISTED_WITHIN_MS[driver.engine];
    expect(bounded('ms until the catalog no longer passes it', listed.tookMs, { most }));
    const after = sentWithin(operations, deadMs, deadMs + WATCHED_MS);
    expect(bounded('requests sent while it was down', after.length, { least: (rate(200) * WATCHED_MS) / 2_000 }));

    const unknown = once.filter(({ outcome }) => outcome === 'unknown');
    note(`${operations.length} requests; ${unknown.length} unknown of ${exposed.length} exposed`);
    note(`off the passing list after ${listed.tookMs} ms`);
    const attempts = attemptsAt(await driver.events('frontend-gateway', orderedMs), victim.instanceId);
    if (attempts.count === 0) return;
    expect(
      bounded('ms from the first to the last attempt at the dead one', attempts.spanMs, { most: HEALTH_PERIOD_MS }),
    );
    note(`${attempts.count} attempts at the dead one within ${attempts.spanMs} ms of the first`);
  },
};

const isPassing = ({ instanceId, health }: CatalogEntry, replica: Replica): boolean =>
  instanceId === replica.instanceId && health === 'passing';
