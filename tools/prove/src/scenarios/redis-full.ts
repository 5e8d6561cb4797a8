import { bounded, type Finding, finding } from '../checkers/finding.ts';
import type { EdgeProxy } from '../client/edge-proxy.ts';
import type { Answer } from '../client/http-client.ts';
import { until } from '../client/until.ts';
import type { FleetDriver } from '../driver/fleet-driver.ts';
import { acceptAll, enqueueTold } from '../jobs/told-job.ts';
import type { Scenario } from '../runner/scenario.ts';
import { toldJobs } from '../seeded-bugs/test-builds.ts';

const WAITING = { core: 4_000, quick: 2_500 };
/** Of the memory that is in use when they wait: so much there may be. */
const ROOM_SHARE = 1.4;
const MORE_MAX = 4_000;
const DRAINED_WITHIN_MS = 120_000;
/** Completed jobs are kept for a minute, then they make room. */
const HEALTHY_WITHIN_MS = 90_000;

export const redisFull: Scenario = {
  name: 'redis-full',
  fault: 'jobs fill the memory of Redis while no worker runs: 4,000 wait (quick: 2,500)',
  load: 'enqueues until one is refused',
  invariant:
    'an enqueue is refused before Redis is full, so that workers drain the queue without help; health tells of it',
  bound: '503 with Retry-After; none waits after 120 s; degraded, then ok',
  engines: ['local'],
  tier: 'core',
  testBuild: toldJobs,
  run: async ({ driver, edge, isQuick, expect, note, nowMs }) => {
    const [worker] = await driver.ready('worker');
    if (!worker) throw new Error('no worker is ready');
    await driver.pause(worker);
    try {
      await acceptAll(edge, toldToSleep(isQuick ? WAITING.quick : WAITING.core));
      const maxBytes = Math.ceil((await usedBytes(driver)) * ROOM_SHARE);
      await driver.redis('CONFIG', 'SET', 'maxmemory', String(maxBytes));
      const { accepted, answer } = await untilRefused(edge);
      const waiting = await waitingIn(driver);
      expect(refusedInTime(answer));
      expect(bounded('bytes that are left to workers', maxBytes - (await usedBytes(driver)), { least: 1 }));
      expect(statusIs('degraded', await healthOf(driver)));

      const resumedMs = nowMs();
      await driver.resume(worker);
      const isDrained = async () => (await waitingIn(driver)) === 0;
      await until('no job waits', isDrained, DRAINED_WITHIN_MS, 500).catch(() => undefined);
      const left = await waitingIn(driver);
      expect(bounded('jobs that still wait', left, { most: 0 }));
      note(`${waiting} waited when an enqueue was answered ${answer?.status ?? 'with no refusal'} (${accepted} more)`);
      note(`${left} wait ${Math.round((nowMs() - resumedMs) / 1_000)} s after the worker ran again`);
      const isOk = async () => (await healthOf(driver)) === 'ok';
      await until('all is well', isOk, HEALTHY_WITHIN_MS).catch(() => undefined);
      expect(statusIs('ok', await healthOf(driver)));
      expect(finding('an enqueue is accepted again', (await isAccepted(edge)) ? [] : ['it is refused']));
    } finally {
      await driver.redis('CONFIG', 'SET', 'maxmemory', '0');
      await driver.resume(worker);
    }
  },
};

const toldToSleep = (count: number): readonly string[] => Array.from({ length: count }, (_none, n) => `sleep 1 ${n}`);

async function usedBytes(driver: FleetDriver): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(String(await driver.redis('INFO', 'memory')))?.[1]);
}

async function waitingIn(driver: FleetDriver): Promise<number> {
  const keys = (await driver.redis('KEYS', '*:demo:wait')) as readonly string[];
  const [key] = keys;
  return key === undefined ? 0 : Number(await driver.redis('LLEN', key));
}

async function untilRefused(edge: EdgeProxy): Promise<{ readonly accepted: number; readonly answer?: Answer }> {
  for (let accepted = 0; accepted < MORE_MAX; accepted += 1) {
    const enqueued = await enqueueTold(edge, `sleep 1 more ${accepted}`);
    if (enqueued.kind === 'refused') return { accepted, answer: enqueued.answer };
  }
  return { accepted: MORE_MAX };
}

const isAccepted = async (edge: EdgeProxy): Promise<boolean> =>
  (await enqueueTold(edge, 'sleep 1 last')).kind === 'accepted';

const refusedInTime = (answer: Answer | undefined): Finding =>
  finding('an enqueue is refused with 503 and Retry-After', [
    ...(answer === undefined ? [`none of ${MORE_MAX} was`] : []),
    ...(answer !== undefined && (answer.status !== 503 || !(Number(answer.headers['retry-after']) >= 1))
      ? [`it is ${answer.status} with Retry-After ${answer.headers['retry-after']}: ${answer.text}`]
      : []),
  ]);

/** Of the first api replica; all of them ask the same Redis. */
async function healthOf(driver: FleetDriver): Promise<string> {
  const [api] = await driver.ready('api');
  if (!api) throw new Error('no api is ready');
  return (JSON.parse((await driver.ask(api, '/healthz')).text) as { status: string }).status;
}

const statusIs = (wanted: string, status: string): Finding =>
  finding(`/healthz says ${wanted}`, status === wanted ? [] : [`it says ${status}`]);
