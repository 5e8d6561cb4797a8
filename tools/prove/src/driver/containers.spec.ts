import { expect, it } from '@jest/globals';
import { parseContainers } from './containers.ts';

const inspected = {
  Id: 'f00d',
  Name: '/fleet-api-1',
  State: { Running: true, Health: { Status: 'starting' } },
  Config: {
    Hostname: 'f00d12345678',
    Image: 'nestfleet/api:dev',
    Env: ['PORT=3000', 'RPC_PORT=3100', 'METRICS_PORT=9464', 'A=b=c'],
    Labels: { 'com.docker.compose.service': 'api' },
  },
  NetworkSettings: {
    Networks: { fleet_inner: { IPAddress: '172.20.0.3' } },
    Ports: { '3000/tcp': null, '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: '20000' }] },
  },
};

it('reads of a container what the rows need', () => {
  const named = { ...inspected, Config: { ...inspected.Config, Env: ['INSTANCE_NAME=api-one'] } };
  const bare = { ...named, State: { Running: true } };
  const stopped = { ...bare, State: { Running: false } };
  expect(parseContainers(JSON.stringify([inspected, named, bare, stopped]))).toMatchObject([
    {
      service: 'api',
      name: 'fleet-api-1',
      servedBy: 'f00d12345678',
      healthy: false,
      addresses: { fleet_inner: '172.20.0.3' },
      published: [8080],
      listens: [3000, 3100, 9464],
    },
    { servedBy: 'api-one', healthy: false },
    { healthy: true },
    { healthy: false },
  ]);
});
