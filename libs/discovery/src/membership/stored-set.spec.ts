import { describe, expect, it } from '@jest/globals';
import type { Instance } from '../instance.ts';
import { decodeSet, encodeSet } from './stored-set.ts';

const good: Instance = {
  id: 'api-1-5',
  service: 'api',
  address: '10.0.0.1',
  port: 3000,
  health: 'passing',
  tags: ['blue'],
  meta: { rpc_port: '3100' },
  weight: 2,
  epoch: 5,
};

const file = (change: Record<string, unknown>): string =>
  JSON.stringify({ version: 1, service: 'api', as_of_ms: 7, instances: [good], ...change });

describe('the file of a set', () => {
  it('gives back the passing instances and their time', () => {
    const text = encodeSet('api', { instances: [good, { ...good, id: 'x', health: 'critical' }], asOfMs: 7 });
    expect(decodeSet('api', text)).toEqual({ instances: [good], asOfMs: 7 });
  });

  it('may be empty', () => {
    expect(decodeSet('api', encodeSet('api', { instances: [], asOfMs: 7 }))).toEqual({ instances: [], asOfMs: 7 });
  });

  it.each([
    ['nothing', ''],
    ['half a file', file({}).slice(0, 60)],
    ['no object', '[]'],
    ['null', 'null'],
    ['another version', file({ version: 2 })],
    ['another service', file({ service: 'worker' })],
    ['no time', file({ as_of_ms: 'today' })],
    ['no list', file({ instances: { 0: good } })],
    ['an instance that is none', file({ instances: [good, null] })],
    ['an instance of another service', file({ instances: [{ ...good, service: 'worker' }] })],
    ['an instance without an id', file({ instances: [{ ...good, id: '' }] })],
    ['an instance with a port out of range', file({ instances: [{ ...good, port: 65_536 }] })],
    ['an instance with a fraction for a weight', file({ instances: [{ ...good, weight: 0.5 }] })],
    ['an instance that is not passing', file({ instances: [{ ...good, health: 'critical' }] })],
    ['an instance with meta that is no text', file({ instances: [{ ...good, meta: { rpc_port: 3100 } }] })],
    ['an instance with a tag that is no text', file({ instances: [{ ...good, tags: [1] }] })],
  ])('is ignored as a whole with %s in it', (_, text) => {
    expect(decodeSet('api', text)).toBeUndefined();
  });
});
