import { describe, expect, it } from '@jest/globals';
import type { Instance } from '../instance.ts';
import type { ReadinessReply } from '../registration/ask-replica.ts';
import { readinessProbe } from './readiness-probe.ts';

const instance: Instance = {
  id: 'api-1-5',
  service: 'api',
  address: '10.0.0.1',
  port: 3000,
  health: 'passing',
  tags: [],
  meta: {},
  weight: 1,
  epoch: 5,
};
const itself: ReadinessReply = { status: 200, service: 'api', instanceId: 'api-1-5' };

describe('readinessProbe', () => {
  it.each<[string, ReadinessReply | undefined, boolean, boolean]>([
    ['itself', itself, true, true],
    ['nobody', undefined, false, false],
    ['itself, leaving', { ...itself, status: 404 }, false, false],
    ['itself, starting', { ...itself, status: 503 }, false, false],
    ['a later run of its slot', { ...itself, instanceId: 'api-1-6' }, false, true],
    ['another service', { ...itself, service: 'worker' }, false, false],
    ['somebody who says nothing', { status: 200 }, false, false],
  ])('takes %s for what it is', async (_, reply, byInstance, byService) => {
    const ask = () => Promise.resolve(reply);
    expect(await readinessProbe(ask, 'instance')(instance)).toBe(byInstance);
    expect(await readinessProbe(ask, 'service')(instance)).toBe(byService);
  });

  it('does not ask an instance without an HTTP port', async () => {
    const probe = readinessProbe(() => Promise.reject(new Error('asked')), 'instance');
    expect(await probe({ ...instance, port: 0 })).toBe(false);
  });
});
