import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scenarios } from '../scenarios/all.ts';
import { keepArtifacts } from '../src/scenario/artifacts.ts';
import { chooseScenarios } from '../src/scenario/choose.ts';
import { formatResult } from '../src/scenario/report.ts';
import { runScenario } from '../src/scenario/run-scenario.ts';
import { openStage } from '../src/scenario/stage.ts';

const ENGINE = 'local';
const BALANCER = 'gateway';
const chosen = chooseScenarios(scenarios, { engine: ENGINE, balancer: BALANCER, tier: 'quick' });
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9));
const stage = openStage(ENGINE, BALANCER);
afterAll(() => stage.dispose(), 120_000);

describe(`a fleet that is hurt under load, SEED=${seed}`, () => {
  it.each(chosen)(
    '$name: $fault; $invariant (pains $pains)',
    async (scenario) => {
      const standing = await stage.ready(scenario.counts);
      const { result, loads } = await runScenario(scenario, standing, { seed, isQuick: true, perSecondMax: 200 });
      console.log(formatResult(result));
      if (result.verdict === 'failed') {
        const folder = mkdtempSync(join(tmpdir(), 'nestfleet-prove-kept-'));
        console.error(`kept in ${await keepArtifacts(folder, { result, loads, driver: standing.driver })}`);
      }
      expect(result.faults).toEqual([]);
    },
    180_000,
  );
});
