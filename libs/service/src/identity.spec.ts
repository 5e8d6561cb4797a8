import { describe, expect, it } from '@jest/globals';
import { baseConfig } from './config/base-config.ts';
import { loadConfig } from './config/environment.ts';
import { identify } from './identity.ts';

const machine = { hostname: 'box', pid: 42, nowMs: 1_000, outerAddress: '192.0.2.7' };
const of = (environment: Readonly<Record<string, string | undefined>>, changed: Partial<typeof machine> = {}) =>
  identify('api', '1.0.0', loadConfig(baseConfig({ httpPort: 3000 }), environment), { ...machine, ...changed });

describe('identify', () => {
  it.each([
    ['SLOT wins', { SLOT: '7' }, {}, '7'],
    ['an ordinal at the end of the host name', {}, { hostname: 'api-3' }, '3'],
    [
      "a random suffix of digits alone is a pod's, and no ordinal",
      {},
      { hostname: 'api-7f9c-52498' },
      'api-7f9c-52498-3000',
    ],
    ['else host name and port', {}, {}, 'box-3000'],
    ['a free port is not stable, so the pid stands in', { PORT: '0' }, {}, 'box-p42'],
    ['characters that an id must not have are replaced', {}, { hostname: 'box.local' }, 'box-local-3000'],
  ])('%s', (_name, environment, changed, slot) => {
    const identity = of(environment, changed);
    expect(identity.slot).toBe(slot);
    expect(identity.instanceId).toBe(`api-${slot}-1000`);
  });

  it.each([
    ['consul', {}, 'api-box-3000-1000'],
    ['consul', { INSTANCE_NAME: 'api-7f9c-x2bvq' }, 'api-box-3000-1000'],
    ['kubernetes', { INSTANCE_NAME: 'api-7f9c-x2bvq' }, 'api-7f9c-x2bvq'],
    ['kubernetes', {}, 'box'],
    ['fixed', { INSTANCE_NAME: 'api-7f9c-x2bvq' }, 'api-7f9c-x2bvq'],
    ['dns', {}, 'api-box-3000-1000'],
  ])('has the id that it has where others find it, with DISCOVERY=%s and %j', (discovery, environment, id) => {
    expect(of({ DISCOVERY: discovery, ...environment }).instanceId).toBe(id);
  });

  it('advertises what others can reach', () => {
    expect(of({}).address).toBe('127.0.0.1');
    expect(of({ HOST: '0.0.0.0' }).address).toBe('192.0.2.7');
    expect(of({ HOST: '0.0.0.0', ADVERTISE_ADDR: '198.51.100.1' }).address).toBe('198.51.100.1');
  });
});
