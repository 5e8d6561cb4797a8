import { describe, expect, it } from '@jest/globals';
import { consulFlags } from './consul-agent.ts';

describe('consulFlags', () => {
  it('closes the port that newer agents open by default, and does not tell older ones, who would refuse it', () => {
    const place = { host: '127.0.0.1', ports: { http: 1, server: 2, serfLan: 3, dns: 4 }, dataDir: '/d' };
    expect(consulFlags('1.8.7', place)).not.toContain('-grpc-tls-port=-1');
    expect(consulFlags('1.22.5', place)).toContain('-grpc-tls-port=-1');
    expect(consulFlags('2.0.0', place)).toContain('-grpc-tls-port=-1');
  });
});
