import { describe, expect, it } from '@jest/globals';
import { scenarios } from '../scenarios/all.ts';
import { bounded, finding } from '../checkers/finding.ts';
import { EdgeProxy } from '../client/edge-proxy.ts';
import type { FleetDriver } from '../driver/fleet-driver.ts';
import { chooseScenarios, lackOf, notApplicable } from './choose.ts';
import { formatResult, formatSums, formatTable } from './report.ts';
import { runScenario } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';

const scenario = (part: Partial<Scenario>): Scenario => ({
  name: 'seeded',
  fault: 'a fault',
  load: 'no load',
  invariant: 'it holds',
  bound: 'a bound',
  engines: ['local'],
  tier: 'core',
  run: async () => undefined,
  ...part,
});
const settings = { seed: 7, isQuick: true, perSecondMax: 150 };

/** Runs on a fleet of which nothing is asked but to undo. */
async function outcomeOf(run: Scenario['run'], undo: () => Promise<void> = async () => undefined) {
  let undone = 0;
  const driver = { undo: async () => (undone += 1) && undo() } as Partial<FleetDriver> as FleetDriver;
  const edge = new EdgeProxy('http://127.0.0.1:1', 'fleet.test');
  const { result } = await runScenario(scenario({ run }), { driver, edge }, settings);
  return { ...result, undone };
}

const choices = async (): Promise<readonly string[]> =>
  (await outcomeOf(async ({ random, note }) => note([1, 2, 3].map(() => random.below(1_000)).join()))).seen;
const result = (verdict: 'passed' | 'failed' | 'skipped') =>
  ({
    scenario: scenario({}),
    verdict,
    tookMs: 1_500,
    sent: 'sent 533 requests in 11.0 s, 48/s',
    seen: ['7 lost'],
    faults: verdict === 'failed' ? ['bad'] : [],
  }) as const;

describe('a run', () => {
  it('passes when what it checks holds, and undoes its faults', async () => {
    const run = await outcomeOf(async ({ expect: check, note, rate }) => {
      check(bounded('x', 1, { most: 1 }));
      note(`${rate(200)} and ${rate(50)}`);
    });
    expect(run).toMatchObject({ verdict: 'passed', faults: [], seen: ['150 and 50'], undone: 1 });
  });

  it('fails with all faults that it saw, and undoes them too', async () => {
    const run = await outcomeOf(async ({ expect: check }) => {
      check(finding('first', ['this']));
      check(finding('second', ['that']));
    });
    expect(run).toMatchObject({ verdict: 'failed', undone: 1 });
    expect(run.faults).toEqual([expect.stringMatching(/first.*this/), expect.stringMatching(/second.*that/)]);
  });

  it('fails when it checks nothing', async () => {
    expect(await outcomeOf(async () => undefined)).toMatchObject({
      verdict: 'failed',
      faults: ['nothing was checked'],
    });
  });

  it('fails when it ends early, with the reason', async () => {
    const run = await outcomeOf(async ({ expect: check }) => {
      check(bounded('x', 1, { most: 1 }));
      throw new Error('no api replica is ready');
    });
    expect(run).toMatchObject({ verdict: 'failed', faults: ['ended early: no api replica is ready'], undone: 1 });
  });

  it('fails when its faults cannot be undone', async () => {
    const run = await outcomeOf(
      async ({ expect: check }) => check(bounded('x', 1, { most: 1 })),
      async () => Promise.reject(new Error('consul does not start')),
    );
    expect(run).toMatchObject({ verdict: 'failed', faults: ['could not be undone: consul does not start'] });
  });

  it('makes the same choices again with the same seed', async () => {
    expect(await choices()).toEqual(await choices());
  });
});

describe('the choice', () => {
  const all = [scenario({ name: 'a', tier: 'quick' }), scenario({ name: 'b' }), scenario({ name: 'c', tier: 'all' })];
  const here = { engine: 'local', balancer: 'gateway' } as const;
  const names = (choice: Parameters<typeof chooseScenarios>[1]) => chooseScenarios(all, choice).map(({ name }) => name);

  it.each([
    ['quick', ['a']],
    ['core', ['a', 'b']],
    ['all', ['a', 'b', 'c']],
  ] as const)('%s has what is cheaper too', (tier, expected) => {
    expect(names({ ...here, tier })).toEqual(expected);
  });

  it('by name asks for no tier, and knows all names', () => {
    expect(names({ ...here, tier: 'quick', only: ['c'] })).toEqual(['c']);
    expect(() => names({ ...here, tier: 'quick', only: ['d'] })).toThrow('no scenario d; there are a, b, c');
  });

  it('says where one says nothing', () => {
    const docker = { engine: 'docker', balancer: 'gateway', tier: 'core' } as const;
    const both = scenario({ engines: ['local', 'docker'] });
    expect(notApplicable(scenario({}), docker)).toMatch('docker engine');
    expect(notApplicable({ ...both, needsTwoGateways: true }, docker)).toMatch('is the edge');
    expect(notApplicable({ ...both, needsTwoGateways: true }, { ...docker, balancer: 'haproxy' })).toBeUndefined();
    expect(notApplicable({ ...both, balancers: ['gateway'] }, { ...docker, balancer: 'haproxy' })).toMatch('haproxy');
  });

  it('says what a fleet that stands does not let a proof do', async () => {
    const driver = { lacks: async (ability: string) => (ability === 'drain' ? 'one node' : undefined) };
    expect(await lackOf(scenario({}), driver)).toBeUndefined();
    expect(await lackOf(scenario({ needs: ['signals'] }), driver)).toBeUndefined();
    expect(await lackOf(scenario({ needs: ['signals', 'drain'] }), driver)).toBe('one node');
  });

  it('has names of its own for all that there is', () => {
    expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
  });
});

describe('the report', () => {
  it('ends with the sums', () => {
    expect(formatSums([result('passed'), result('failed'), result('skipped')])).toBe('1 passed, 1 failed, 1 skipped');
  });

  it('has a row for each, and the faults of one', () => {
    expect(formatTable([result('failed')])).toMatch(
      /FAILED +seeded +1\.5 s +533 requests in 11\.0 s, 48\/s +a bound +7 lost/,
    );
    expect(formatResult(result('failed'))).toMatch(/✗ bad\n.*· 7 lost/);
    expect(formatResult(result('failed'))).toContain('load: no load; sent 533 requests in 11.0 s, 48/s\n');
  });

  it.each(scenarios.map(({ name, load }) => [name, load]))(
    '%s names no rate that nobody has counted',
    (_name, load) => {
      expect(load).not.toMatch(/\/s|a second|\d+ (requests|minutes)/);
    },
  );

  it('counts what a run has sent, and not what it was asked for', async () => {
    const records = [1_000, 2_000, 3_000].map((invokedMs) => ({
      invokedMs,
      connection: 'new',
      retryPolicy: 'idempotent',
    }));
    const { sent } = await outcomeOf(async ({ keep }) => keep(records));
    expect(sent).toBe('sent 3 requests in 2.0 s, 2/s (100 % over new connections)');
  });
});
