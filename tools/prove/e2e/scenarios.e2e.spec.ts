import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findHaproxy } from '../../fleet/src/programs.ts';
import { scenarios } from '../src/scenarios/all.ts';
import { gracefulShutdown } from '../src/scenarios/graceful-shutdown.ts';
import type { Balancer } from '../src/driver/fleet-options.ts';
import { noRequestBuffer } from '../src/seeded-bugs/no-request-buffer.ts';
import { storeBugs } from '../src/seeded-bugs/store-bugs.ts';
import { detect } from '../src/detection/detect.ts';
import { keepArtifacts } from '../src/runner/artifacts.ts';
import { chooseScenarios, notApplicable } from '../src/runner/choose.ts';
import { formatResult } from '../src/runner/report.ts';
import { runScenario } from '../src/runner/run-scenario.ts';
import { type TestFleet, openTestFleet } from '../src/runner/test-fleet.ts';

const ENGINE = 'local';
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9));

const haproxy = await findHaproxy().catch((fault: unknown) => {
  if (process.env['CI']) throw fault;
  console.warn(`WHAT HOLDS BEHIND HAPROXY IS NOT TESTED: ${String(fault)}`);
});
const hasHaproxy = haproxy !== undefined;

describe.each<{ balancer: Balancer; only?: readonly string[] }>([
  { balancer: 'gateway' },
  ...(hasHaproxy
    ? [{ balancer: 'haproxy-consul', only: ['graceful-shutdown', 'reload', 'kill-api', 'history'] } as const]
    : []),
])(`a fleet behind $balancer under fault injection, SEED=${seed}`, ({ balancer, only }) => {
  const choice = { engine: ENGINE, balancer, tier: 'quick', only } as const;
  const chosen = chooseScenarios(scenarios, choice).filter((each) => notApplicable(each, choice) === undefined);
  const testFleet = openTestFleet(ENGINE, balancer);
  afterAll(() => testFleet.dispose(), 120_000);

  it.each(chosen)(
    '$name: $fault; $invariant',
    async (scenario) => {
      const fleet = await testFleet.ready(scenario);
      const ran = await runScenario(scenario, fleet, { seed, isQuick: true, perSecondMax: 200 });
      const { result } = ran;
      console.log(formatResult(result));
      if (result.verdict === 'failed') {
        const folder = mkdtempSync(join(tmpdir(), 'nestfleet-prove-kept-'));
        console.error(`kept in ${await keepArtifacts(folder, ran, fleet.driver)}`);
      }
      expect(result.faults).toEqual([]);
    },
    180_000,
  );
});

describe('a drain that is switched off', () => {
  const testFleets: TestFleet[] = [];
  afterAll(() => Promise.all(testFleets.map((testFleet) => testFleet.dispose())), 120_000);

  it('is detected: the proof of graceful shutdown loses requests', async () => {
    const testFleet = openTestFleet(ENGINE, 'gateway', ['no-drain']);
    testFleets.push(testFleet);
    const fleet = await testFleet.ready(gracefulShutdown);
    const { result, loads } = await runScenario(gracefulShutdown, fleet, { seed, isQuick: true, perSecondMax: 200 });
    console.log(formatResult(result));
    expect(result.verdict).toBe('failed');
    const lost = loads.flatMap(({ operations }) => operations).filter(({ outcome }) => outcome !== 'ok');
    expect(lost.length).toBeGreaterThanOrEqual(5);
  }, 300_000);
});

it('a gateway that buffers no body is detected: slow clients hold its connections', async () => {
  const settings = { seed, isQuick: true, perSecondMax: 200 };
  const [detection] = await detect([noRequestBuffer], { balancer: 'gateway', times: 1, settings });
  console.log(`${detection?.bug}: ${detection?.evidence}`);
  expect(detection?.isDetected).toBe(true);
}, 300_000);

describe('bugs that sessions and counters are known to be made with', () => {
  // All in one bundle: `make prove SEEDED=all TIMES=3` looks for each alone.
  it('are found by the history, each of them', async () => {
    const settings = { seed, isQuick: true, perSecondMax: 200 };
    const balancer = hasHaproxy ? 'haproxy-consul' : 'gateway';
    const detections = await detect(storeBugs, { balancer, times: 1, settings });
    for (const { bug, evidence } of detections) console.log(`${bug}: ${evidence}`);
    expect(detections.filter(({ isDetected }) => !isDetected)).toEqual([]);
  }, 300_000);
});
