import { describe, expect, it } from '@jest/globals';
import type { Balancer } from '../core/options.ts';
import { parseContainers } from './containers.ts';
import { addressLines, publicPortOf, publicUrlOf } from './addresses.ts';
import { containerFleet } from '@nestfleet/contracts';
import { fleetOf } from './fleet-of.ts';
import { fleetTable } from '../core/table.ts';

interface Told {
  service: string;
  number?: number;
  status?: string;
  health?: string;
  env?: string[];
  ports?: Record<string, { HostIp: string; HostPort: string }[] | null>;
  oneOff?: boolean;
}

/** As `docker inspect` tells it, with what is read and a little more. */
const inspected = ({
  service,
  number = 1,
  status = 'running',
  health,
  env = [],
  ports = {},
  oneOff = false,
}: Told) => ({
  Id: `${service}${number}`.padEnd(64, '0'),
  Name: `/nf-${service}-${number}`,
  Created: '2026-11-21T11:00:00.5Z',
  Image: 'sha256:abc',
  RestartCount: 2,
  Platform: 'linux',
  State: {
    Status: status,
    ExitCode: 137,
    StartedAt: status === 'created' ? '0001-01-01T00:00:00Z' : '2026-11-21T11:00:01Z',
    ...(health === undefined ? {} : { Health: { Status: health, FailingStreak: 0 } }),
  },
  Config: {
    Hostname: `host${number}`,
    Image: `nestfleet/${service}:dev`,
    Env: env,
    Labels: {
      'com.docker.compose.service': service,
      'com.docker.compose.container-number': String(number),
      'com.docker.compose.oneoff': oneOff ? 'True' : 'False',
    },
  },
  NetworkSettings: {
    Ports: ports,
    Networks: { nf_edge: { IPAddress: '10.1.0.2' }, nf_inner: { IPAddress: status === 'running' ? '10.2.0.2' : '' } },
  },
});
const read = (...told: Told[]) => parseContainers(JSON.stringify(told.map(inspected)));

describe('parseContainers', () => {
  it.each([
    ['running', undefined, 'ready'],
    ['running', 'healthy', 'ready'],
    ['running', 'starting', 'starting'],
    ['running', 'unhealthy', 'unhealthy'],
    ['created', undefined, 'starting'],
    ['restarting', 'unhealthy', 'backing-off'],
    ['removing', undefined, 'leaving'],
    ['paused', 'healthy', 'paused'],
    ['exited', 'unhealthy', 'stopped'],
    ['dead', undefined, 'stopped'],
  ])('%s and %s is %s', (status, health, state) => {
    expect(read({ service: 'api', status, ...(health === undefined ? {} : { health }) })[0]?.state).toBe(state);
  });

  it('reads one on its inner network, in the order of service and number', () => {
    const [api2, api10, worker] = read(
      { service: 'worker' },
      { service: 'api', number: 10 },
      { service: 'api', number: 2, env: ['PORT=3000', 'A=b=c', 'EMPTY'] },
    );
    expect([api2?.number, api10?.number, worker?.service]).toEqual([2, 10, 'worker']);
    expect(api2).toMatchObject({
      name: 'nf-api-2',
      address: '10.2.0.2',
      servedBy: 'host2',
      addresses: { nf_edge: '10.1.0.2', nf_inner: '10.2.0.2' },
      restarts: 2,
      hasRun: true,
      exitCode: 137,
      startedAtMs: Date.parse('2026-11-21T11:00:01Z'),
      env: { PORT: '3000', A: 'b=c', EMPTY: '' },
    });
  });

  it('one that has not run has no address, and the age of its making', () => {
    expect(read({ service: 'api', status: 'created' })[0]).toMatchObject({
      address: null,
      hasRun: false,
      startedAtMs: Date.parse('2026-11-21T11:00:00.5Z'),
    });
  });

  it('what `docker compose run` started is none of the fleet', () => {
    expect(read({ service: 'api', oneOff: true })).toEqual([]);
  });
});

const both = [
  { HostIp: '::', HostPort: '18080' },
  { HostIp: '0.0.0.0', HostPort: '8080' },
];
const tls = { '8080/tcp': both, '8443/tcp': [{ HostIp: '::1', HostPort: '9443' }], '8081/tcp': both, '9000/tcp': null };

const edgeProxy = read({ service: 'edge-proxy', ports: tls }, { service: 'frontend-gateway' });
const lines = (balancer: Balancer) =>
  addressLines(fleetOf(edgeProxy, { project: 'nf', balancer, tls: false }), edgeProxy, {
    balancer,
    secrets: '/kept',
  }).join('\n');

describe('the edge proxy', () => {
  it('is reached by loopback when it listens everywhere', () => {
    expect(publicUrlOf(edgeProxy, 'haproxy', false)).toBe('http://127.0.0.1:8080/');
    expect(publicUrlOf(edgeProxy, 'haproxy', true)).toBe('https://[::1]:9443/');
    expect(publicPortOf(edgeProxy, 'traefik')).toBe(8080);
  });
  it('is the gateway where nothing stands before it', () => {
    expect(publicUrlOf(edgeProxy, 'gateway', false)).toBeUndefined();
    const ports = { '8080/tcp': [{ HostIp: '192.168.1.2', HostPort: '80' }] };
    expect(publicUrlOf(read({ service: 'frontend-gateway', ports }), 'gateway', false)).toBe('http://192.168.1.2:80/');
  });
  it('its addresses are those that it has', () => {
    expect(lines('haproxy')).toMatch(/dashboard +http:\/\/localhost:8080\/\n/);
    expect(lines('haproxy')).toMatch(
      /HAProxy +http:\/\/localhost:8080\/admin\?stats \(user admin, password in \/kept\/stats_password\)\n/,
    );
    expect(lines('traefik')).toMatch(
      /Traefik +http:\/\/127.0.0.1:8080\/dashboard\/ \(user admin, password in \/kept\/dashboard_password\)\n/,
    );
    expect(lines('traefik')).not.toMatch(/HAProxy/);
    expect(lines('gateway')).toMatch(/dashboard +-\n/);
  });
});

describe('fleetOf', () => {
  const containers = read(
    { service: 'redis' },
    { service: 'edge-proxy', ports: tls },
    { service: 'api', number: 2, health: 'starting', env: ['PORT=3000', 'RPC_PORT=3100', 'NAMESPACE=mine'] },
    { service: 'frontend-gateway', env: ['INSTANCE_NAME=front'] },
  );
  const id = containers.find(({ service }) => service === 'api')?.id ?? '';
  const fleet = fleetOf(containers, { project: 'nf', balancer: 'haproxy', tls: false }, new Map([[id, 'api-x-1']]));

  it('has the shape that programs read', () => {
    expect(containerFleet.parse(fleet)).toEqual(fleet);
    expect(fleet).toMatchObject({ namespace: 'mine', public_url: 'http://127.0.0.1:8080/', supervisor: null });
    expect(fleet.servers.map(({ name, url }) => [name, url])).toEqual([
      ['edge-proxy', null],
      ['redis', 'redis://redis:6379'],
    ]);
    expect(fleet.replicas).toMatchObject([
      {
        name: 'api-2',
        served_by: 'host2',
        slot: '2',
        state: 'starting',
        instance_id: 'api-x-1',
        ports: { http: 3000, rpc: 3100, control: null, metrics: null },
        container: { id, name: 'nf-api-2', address: '10.2.0.2' },
      },
      { name: 'gateway-1', served_by: 'front', instance_id: null },
    ]);
  });

  it('people read it as the table of the local engine', () => {
    expect(fleetTable(fleet, Date.parse('2026-11-21T11:00:06Z'))).toEqual([
      'NAME        STATE     CONTAINER     AGE  RESTARTS  HTTP  RPC   CONTROL  METRICS',
      'api-2       starting  api200000000  5 s  2         3000  3100  -        -',
      'gateway-1   ready     frontend-gat  5 s  2         -     -     -        -',
      'edge-proxy  ready     edge-proxy10  5 s            nestfleet/edge-proxy:dev',
      'redis       ready     redis1000000  5 s            redis://redis:6379 (nestfleet/redis:dev)',
    ]);
  });
});
