import { describe, expect, it } from '@jest/globals';
import type { FleetState } from '@nestfleet/contracts';
import { swaggerAddresses } from '../core/services.ts';
import { addressLines } from './addresses.ts';

const server = (name: 'consul' | 'edge-proxy', url: string) => ({ name, url, version: '1', pid: 1, started_at_ms: 0 });
const state: FleetState = {
  schema: 1,
  supervisor: { pid: 1, started_at_ms: 0 },
  namespace: 'nf',
  public_url: 'http://127.0.0.1:8080',
  servers: [server('consul', 'http://127.0.0.1:8500')],
  replicas: [],
};
const lines = (servers: FleetState['servers']): string[] =>
  addressLines({ ...state, servers: [...state.servers, ...servers] }, { edgeProxy: '/kept/edge-proxy' });

describe('addressLines', () => {
  it('names the pages of the fleet', () => {
    expect(lines([])).toEqual([
      '  dashboard   http://localhost:8080/',
      `  Swagger UI  ${swaggerAddresses('http://localhost:8080')}`,
      '  Consul UI   http://127.0.0.1:8500/ui',
      '  Redis       -',
    ]);
  });

  it('names the stats page of HAProxy, and where its password is', () => {
    expect(lines([server('edge-proxy', 'http://127.0.0.1:8080')])).toContain(
      '  HAProxy     http://localhost:8080/admin?stats (user admin, password in /kept/edge-proxy/stats_password)',
    );
  });
});
