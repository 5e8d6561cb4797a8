import type { FleetState } from '@nestfleet/contracts';
import { describe, expect, it } from '@jest/globals';
import { serversOf } from './local-engine.ts';

const server = { pid: 7, started_at_ms: 1, version: '7.0.15' };
const state: FleetState = {
  schema: 1,
  supervisor: { pid: 6, started_at_ms: 1 },
  namespace: 'nf',
  public_url: null,
  servers: [
    { ...server, name: 'consul', url: 'http://127.0.0.1:2' },
    { ...server, name: 'redis', url: 'redis://127.0.0.1:1' },
  ],
  replicas: [],
};

describe('serversOf', () => {
  it('names both servers and the keys they share', () => {
    expect(serversOf(state)).toEqual({
      redisUrl: 'redis://127.0.0.1:1',
      consulAddress: 'http://127.0.0.1:2',
      namespace: 'nf',
    });
  });

  it('is nothing while one is missing', () => {
    expect(serversOf({ ...state, servers: state.servers.slice(0, 1) })).toBeUndefined();
  });
});
