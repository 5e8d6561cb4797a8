import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Row } from '../src/conformance/row.ts';
import { kill } from '../src/conformance/rows/change.ts';
import { edge } from '../src/conformance/rows/edge.ts';
import { forwarded } from '../src/conformance/rows/headers.ts';
import { subDomains } from '../src/conformance/rows/names.ts';
import { demoEndpoints } from '../src/conformance/rows/shared-state.ts';
import { services } from '../src/conformance/rows/services.ts';
import { rotation } from '../src/conformance/rows/spread.ts';
import { until } from '../src/client/until.ts';
import { engineLacks } from './engine.ts';
import { type ConfigPatch, SeededFleet } from './seeded-fleet.ts';

const lacks = await engineLacks();
if (lacks !== undefined && process.env['CI']) throw new Error(`NO DOCKER ENGINE ANSWERS: ${lacks}`);
if (lacks !== undefined) console.warn(`NO DOCKER ENGINE ANSWERS: SEEDED FAULTS ARE NOT TESTED. ${lacks}`);
const withEngine = lacks === undefined ? describe : describe.skip;

const watched: readonly Row[] = [rotation, demoEndpoints, services, subDomains, forwarded, edge];

withEngine('a fault in the edge proxy', () => {
  const fleet = new SeededFleet();
  beforeAll(() => fleet.up(), 900_000);
  afterAll(() => fleet.dispose(), 120_000);

  /** Faults of all watched rows; each must have asserted something. */
  const faults = async (): Promise<string[]> => {
    // The edge proxy knows each replica only after its first check.
    await until('all three serve', async () => (await fleet.run(rotation)).result === 'passed', 30_000, 500);
    const found: string[] = [];
    for (const row of watched) {
      const { result, faults: seen } = await fleet.run(row);
      if (result !== 'passed') found.push(`${row.name} ${result}`, ...seen);
    }
    return found;
  };

  it('is what makes a row red: without one all are green', async () => {
    expect(await faults()).toEqual([]);
  });

  it.each<[string, ConfigPatch, Row, RegExp]>([
    [
      'fewer slots than replicas',
      { file: 'docker.cfg', from: '"${API_SLOTS-12}"', to: '2' },
      rotation,
      /^the names that served/,
    ],
    [
      'the prefix is not taken off',
      { file: 'edge-proxy.cfg', from: 'http-request replace-path', to: '# ' },
      rotation,
      /^ended early: \/api\/whoami answers 404/,
    ],
    [
      'the prefix is taken off on the name of the api too',
      { file: 'edge-proxy.cfg', from: 'str(stripped) if !named_host', to: 'str(stripped) if' },
      subDomains,
      /^\/api is no prefix there/,
    ],
    [
      'paths that only begin like the prefix go to the api too',
      { file: 'edge-proxy.cfg', from: 'acl api_prefix path -m beg /api/', to: 'acl api_prefix path -m beg /api' },
      services,
      /^GET \/apix is answered by no replica of api/,
    ],
    [
      'headers of clients are trusted',
      { file: 'edge-proxy.cfg', from: 'http-request del-header x-', to: '# ' },
      forwarded,
      /the client's words/,
    ],
  ])('%s', async (_name, patch, row, fault) => {
    await fleet.seed(patch);
    const result = await fleet.run(row);
    expect(result.result).toBe('failed');
    expect(result.faults.filter((each) => fault.test(each))).not.toEqual([]);
  });

  it('an inner server on the outer network', async () => {
    await fleet.seed();
    const redis = await fleet.container('redis');
    await fleet.outerNetwork('connect', redis);
    const result = await fleet.run(edge);
    await fleet.outerNetwork('disconnect', redis);
    expect(result.faults).toContainEqual(expect.stringMatching(/:6379 is not to be reached; seen: "connected"$/));
  });

  it('a dead replica is found late, and its requests are not taken elsewhere', async () => {
    await fleet.seed(
      { file: 'edge-proxy.cfg', from: 'inter 1s fastinter 500ms', to: 'inter 30s fastinter 30s' },
      { file: 'edge-proxy.cfg', from: 'observe layer4 error-limit 2 on-error sudden-death', to: '' },
      { file: 'edge-proxy.cfg', from: 'retries 3', to: 'retries 0' },
      { file: 'docker.cfg', from: 'hold obsolete 1s', to: 'hold obsolete 1d' },
    );
    const { result, faults: seen } = await fleet.run(kill);
    expect(result).toBe('failed');
    expect(seen).toContainEqual(expect.stringMatching(/^last request that met the dead replica/));
    expect(seen).toContainEqual(expect.stringMatching(/^none of \d+ requests fails/));
  });

  it('is gone when it is taken out', async () => {
    await fleet.seed();
    expect(await faults()).toEqual([]);
  });
});
