import { describe, expect, it } from '@jest/globals';
import { consulArguments } from './consul.ts';

describe('consulArguments', () => {
  it('closes the port that newer agents open by default, and does not tell older ones, who would refuse it', () => {
    const ports = { http: 1, server: 2, serfLan: 3, dns: 4 };
    expect(consulArguments(ports, '1.8.7', '/d')).not.toContain('-grpc-tls-port=-1');
    expect(consulArguments(ports, '1.22.5', '/d')).toContain('-grpc-tls-port=-1');
    expect(consulArguments(ports, '2.0.0', '/d')).toContain('-grpc-tls-port=-1');
  });
});
