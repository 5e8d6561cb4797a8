import { describe, expect, it } from '@jest/globals';
import type { Health, Instance } from '../instance.ts';
import { isOrphan } from './orphan.ts';
import { entryOf } from './service-definition.ts';

const own = entryOf({
  service: 'api',
  slot: 'a',
  epoch: 200,
  version: '1',
  instanceName: 'api-1',
  address: '127.0.0.1',
  port: 3000,
  ports: { rpc: null, control: null, metrics: null },
});

function listed(id: string, health: Health, port = 4000): Instance {
  return { id, service: 'api', address: '127.0.0.1', port, health, tags: [], meta: {}, weight: 1, epoch: 0 };
}

describe('isOrphan (pain 2)', () => {
  it.each([
    ['an earlier run that is critical', listed('api-a-100', 'critical'), true],
    ['an earlier run whose address and port are ours now', listed('api-a-100', 'passing', 3000), true],
    ['an earlier run that still answers elsewhere', listed('api-a-100', 'passing'), false],
    ['an earlier run that is leaving', listed('api-a-100', 'maintenance'), false],
    ['ourselves', listed('api-a-200', 'critical', 3000), false],
    ['a later run', listed('api-a-300', 'critical'), false],
    ['another slot', listed('api-b-100', 'critical'), false],
    ['a slot that begins like ours', listed('api-a-1-100', 'critical'), false],
    ['another service whose name begins like ours', listed('api-a-x-100', 'critical'), false],
    ['an entry of someone else', listed('whatever', 'critical'), false],
  ])('%s: %p', (_, candidate, expected) => {
    expect(isOrphan(candidate, own)).toBe(expected);
  });

  it('does not take a service without a port for the owner of port 0', () => {
    expect(isOrphan(listed('api-a-100', 'passing', 0), { ...own, port: 0 })).toBe(false);
  });
});
