import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '@nestfleet/redis/testing';
import { containersOf } from '../../fleet/src/programs.ts';
import { EdgeProxy, type Site } from '../src/client/edge-proxy.ts';
import { until } from '../src/client/until.ts';
import { attempt, docker } from '../src/driver/docker.ts';
import { Fleet } from '../src/driver/make-fleet.ts';
import { engineLacks } from './engine.ts';

const images = [
  `${process.env['TRAEFIK_IMAGE'] ?? 'traefik'}:${process.env['TRAEFIK_TAG'] ?? 'v3.7'}`,
  `${process.env['SOCKET_PROXY_IMAGE'] ?? 'wollomatic/socket-proxy'}:${process.env['SOCKET_PROXY_TAG'] ?? '1'}`,
];
const lacks = (await engineLacks()) ?? (await imagesLack());
if (lacks !== undefined) console.warn(`TRAEFIK WITHOUT ITS ROUTES IS NOT TESTED. ${lacks}`);
const withTraefik = lacks === undefined ? describe : describe.skip;

/** They cannot be had everywhere: without them this is skipped, in CI too, as conformance over Traefik is. */
async function imagesLack(): Promise<string | undefined> {
  const { code, err } = await attempt('docker', ['image', 'inspect', ...images]);
  return code === 0 ? undefined : err.trim();
}

// What each learns its routes from is away when it starts.
withTraefik.each([
  { balancer: 'traefik', provider: 'socket-proxy' },
  { balancer: 'traefik-consul', provider: 'consul' },
] as const)('$balancer without the routes of the fleet', ({ balancer, provider }) => {
  const project = `nestfleet-${balancer}-${process.pid}`;
  let fleet: Fleet;
  let edge: EdgeProxy;
  beforeAll(async () => {
    const port = await freePort();
    const ports = { PORT: String(port), DASHBOARD_PORT: String(await freePort()) };
    fleet = new Fleet({ ENGINE: 'docker', BALANCER: balancer, NESTFLEET_PROJECT: project, ...ports });
    await fleet.make('up', { API: 2, GATEWAY: 1, WORKER: 1 }, 600_000);
    edge = new EdgeProxy(`http://127.0.0.1:${port}`, 'localhost');
    await docker('stop', '--time', '2', await container(provider));
    await docker('restart', '--time', '5', await container('edge-proxy'));
    await until('it listens', async () => (await statusOf('/')) !== undefined, 20_000, 50);
    // It listens before it has applied its files, whatever they say (deploy/README.md).
    await until('it has applied its files', async () => (await statusOf('/')) !== 404, 3_000, 50);
  }, 660_000);
  afterAll(async () => {
    await fleet.tryMake('clean');
    await fleet?.dispose();
  }, 120_000);

  const statusOf = async (path: string): Promise<number | undefined> =>
    edge.ask(path).then(
      ({ status }) => status,
      () => undefined,
    );
  const container = async (service: string): Promise<string> =>
    (await containersOf(project)).find((each) => each.service === service)?.id ?? '';
  const health = async (): Promise<string> =>
    docker('inspect', '--format', '{{.State.Health.Status}}', await container('edge-proxy'));
  const check = async (): Promise<number> =>
    (await attempt('docker', ['exec', await container('edge-proxy'), 'traefik', 'healthcheck'])).code;

  it.each<[string, Site | 'webserver']>([
    ['/', 'edge'],
    ['/api/whoami', 'edge'],
    ['/api/', 'edge'],
    ['/whoami', 'api'],
    ['/api/visit', 'app'],
    ['/whoami', 'webserver'],
    ['/', 'webserver'],
  ])('answers %s of %s by the gateway', async (path, site) => {
    const headers: Record<string, string> = site === 'webserver' ? { host: `webserver.localhost:${edge.port}` } : {};
    const { status, text } = await edge.ask(path, { headers }, site === 'webserver' ? 'edge' : site);
    expect(`${status} ${text.slice(0, 200)}`).toMatch(/^200 /);
  });

  it('is not healthy, and is again when it has them', async () => {
    expect(await check()).not.toBe(0);
    expect(await health()).not.toBe('healthy');
    await docker('start', await container(provider));
    await until('it has its routes', async () => (await check()) === 0, 60_000, 500);
    await until('it is healthy', async () => (await health()) === 'healthy', 30_000, 500);
    expect((await edge.ask('/api/whoami')).status).toBe(200);
  }, 100_000);
});
