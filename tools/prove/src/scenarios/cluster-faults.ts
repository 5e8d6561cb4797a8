import { SERVICE_NAMES } from '@nestfleet/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import { bounded, finding } from '../checkers/finding.ts';
import { sentWithin } from '../checkers/outcomes.ts';
import { completedShutdown } from '../checkers/shutdown.ts';
import { allServe } from '../checkers/traffic.ts';
import { until } from '../client/until.ts';
import { clusterFault } from './cluster-fault.ts';

export const podDelete = clusterFault({
  name: 'pod-delete',
  fault: 'kubectl delete of a pod of each service, one after the other (not quick: twice)',
  bound: '0 failed, 0 jobs lost; each pod ends by itself within its grace period',
  tier: 'quick',
  inject: async ({ driver, random, isQuick, expect, note, nowMs }) => {
    const took: number[] = [];
    for (let round = 0; round < (isQuick ? 1 : 2); round += 1)
      for (const service of SERVICE_NAMES) {
        const victim = random.of(await driver.ready(service));
        const fromMs = nowMs();
        await driver.stop(victim);
        took.push(nowMs() - fromMs);
        expect(completedShutdown(await driver.events(service, fromMs), victim.servedBy));
        await driver.heal(victim);
      }
    note(`${took.length} pods deleted, each gone after at most ${(Math.max(...took) / 1_000).toFixed(1)} s`);
  },
});

export const nodeDrain = clusterFault({
  name: 'node-drain',
  fault: 'the node with most pods of the fleet is cordoned and drained, and takes pods again',
  bound: '0 failed, 0 jobs lost; at least two pods evicted',
  needs: ['drain'],
  tier: 'quick',
  inject: async ({ expect, note, nowMs }, cluster) => {
    const fromMs = nowMs();
    const { node, evicted } = await cluster.drain();
    note(`${evicted} pods evicted from ${node} in ${((nowMs() - fromMs) / 1_000).toFixed(1)} s`);
    expect(bounded('pods that were evicted', evicted, { least: 2 }));
    await cluster.uncordon();
  },
});

const SEEN_WITHIN_MS = 2_000;

export const apiServerAway = clusterFault({
  name: 'api-server-away',
  fault: 'the gateways reach the API server no more for 60 s (quick: 20 s), an api replica is added meanwhile',
  bound: '0 failed; what has changed is seen within 2 s',
  needs: ['catalog-cut'],
  tier: 'quick',
  inject: async ({ driver, isQuick, expect, note, nowMs }, cluster, running) => {
    const awayMs = isQuick ? 20_000 : 60_000;
    const old = (await driver.ready('api')).map(({ servedBy }) => servedBy);
    const { restore, how, isForAll } = await cluster.cutApiServer();
    const cutMs = nowMs();
    // Nobody can ask for a replica where the API server is away for all.
    if (!isForAll) await driver.scale('api', old.length + 1);
    await sleep(Math.max(0, awayMs - (nowMs() - cutMs)));
    const during = sentWithin(running.operations, cutMs);
    await restore();
    const backMs = nowMs();
    if (isForAll) await driver.scale('api', old.length + 1);
    const fresh = (await driver.ready('api')).map(({ servedBy }) => servedBy).filter((name) => !old.includes(name));
    const fromMs = isForAll ? nowMs() : backMs;
    const isSeen = (): boolean => allServe(sentWithin(running.operations, fromMs), fresh).holds;
    const seen = await until('the new one serves', isSeen, 10 * SEEN_WITHIN_MS);
    const early = during.filter(({ servedBy }) => servedBy !== undefined && fresh.includes(servedBy));
    expect(
      finding('while it is away nobody learns of the new one', early.length > 0 ? [`${early.length} answers`] : []),
    );
    expect(bounded('ms until the new one is seen', seen.tookMs, { most: SEEN_WITHIN_MS }));
    note(`away for ${Math.round((backMs - cutMs) / 1_000)} s, ${how}; a change was seen after ${seen.tookMs} ms`);
    await driver.scale('api', old.length);
  },
});
