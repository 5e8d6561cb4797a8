import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { routedServices, SERVICE_NAMES } from '@nestfleet/contracts';
import { attempt, output } from '../src/driver/docker.ts';

const lacks = await composeLacks();
if (lacks !== undefined && process.env['CI']) throw new Error(`NO DOCKER COMPOSE V2 ANSWERS: ${lacks}`);
if (lacks !== undefined) console.warn(`NO DOCKER COMPOSE V2 ANSWERS: ITS FILES ARE NOT TESTED. ${lacks}`);
const withCompose = lacks === undefined ? describe : describe.skip;

/** Why no Compose can be used, or undefined. Reading files needs no engine. */
async function composeLacks(): Promise<string | undefined> {
  try {
    const { code, out, err } = await attempt('docker', ['compose', 'version', '--short']);
    return code === 0 && /^v?[2-9]/.test(out.trim()) ? undefined : `${out}${err}`.trim();
  } catch (error) {
    return String(error);
  }
}

const root = resolve(import.meta.dirname, '../../..');
const file = (overlay: string): string => `deploy/compose.${overlay}.yaml`;
const isThere = (path: string): boolean => existsSync(resolve(root, path));

const balancers = ['gateway', 'traefik', 'traefik-consul', 'haproxy', 'haproxy-consul'];
const additions = ['tls', 'dev', 'prometheus'].filter((overlay) => isThere(file(overlay)));

/** Every set of additions, from none to all. */
const sets = additions.reduce<string[][]>((all, one) => [...all, ...all.map((set) => [...set, one])], [[]]);
const combinations = balancers
  .flatMap((balancer) => sets.map((set) => [balancer, ...set]))
  // The gateway speaks no TLS: that is for the edge proxies that are made for it.
  .filter(([balancer, ...set]) => balancer !== 'gateway' || !set.includes('tls'))
  .map((overlays) => ['deploy/compose.yaml', ...overlays.map(file)])
  // One line from a fresh clone: the file that Compose takes without being told.
  .concat([['compose.yaml']]);

/** The chains of `-f deploy/…` that a document tells people to type. */
function written(document: string): string[][] {
  const text = readFileSync(resolve(root, document), 'utf8').replace(/\\\n\s*/g, ' ');
  const chains = [...text.matchAll(/docker compose((?:\s+-f [^\s'"`]+)+)/g)].map(([, flags]) =>
    [...(flags ?? '').matchAll(/-f ([^\s'"`]+)/g)].map(([, path]) => path ?? ''),
  );
  // A chain with a placeholder, such as compose.<balancer>.yaml, stands for several.
  return chains.filter((chain) => !chain.some((path) => /[<>[\]…$]/.test(path)));
}

const env = { DOMAIN: 'fleet.test', COMPOSE_PROJECT_NAME: 'conf' };
const compose = (files: readonly string[], ...order: readonly string[]) => [
  'compose',
  ...files.flatMap((path) => ['-f', path]),
  ...order,
];

interface Model {
  services: Record<string, { labels?: Record<string, string>; environment?: Record<string, string | null> }>;
}

/** Seconds after which the images' health check ends itself. */
const checkBoundS = Number(
  /^.*exec timeout (\d+) /m.exec(readFileSync(resolve(root, 'deploy/image/healthcheck'), 'utf8'))?.[1],
);

withCompose('Compose reads its files', () => {
  it('gives each app longer for its health check than that takes to end itself: what is killed leaves a zombie', async () => {
    const { out } = await attempt('docker', compose(['deploy/compose.yaml'], 'config', '--format', 'json'), env);
    const { services } = JSON.parse(out) as { services: Record<string, { healthcheck?: { timeout?: string } }> };
    for (const app of SERVICE_NAMES)
      expect(Number(services[app]?.healthcheck?.timeout?.replace('s', ''))).toBeGreaterThan(checkBoundS);
  });

  it.each(combinations.map((files) => [files.join(' '), files] as const))('%s', async (_, files) => {
    expect(await attempt('docker', compose(files, 'config', '-q'), env)).toEqual({ code: 0, out: '', err: '' });
  });

  it.each(['deploy/README.md'].filter(isThere))('as %s says', async (document) => {
    const chains = written(document);
    expect(chains.length).toBeGreaterThan(0);
    for (const files of chains) {
      const { code, err } = await attempt('docker', compose(files, 'config', '-q'), env);
      expect([files, code, err]).toEqual([files, 0, '']);
    }
  });

  it('and refuses one that is wrong', async () => {
    const { code, err } = await attempt('docker', compose([file('traefik')], 'config', '-q'), env);
    expect(code).not.toBe(0);
    expect(err).toContain('invalid');
  });
});

withCompose("Traefik's labels, as the engine gets them", () => {
  it('carry the domain and the network of this project', async () => {
    const files = ['deploy/compose.yaml', file('traefik')];
    const { services } = JSON.parse(await output('docker', compose(files, 'config', '--format', 'json'), env)) as Model;
    for (const { name } of routedServices) {
      const labels = services[name]?.labels ?? {};
      expect(labels['traefik.docker.network']).toBe('conf_inner');
      expect(Object.values(labels).filter((value) => value === '' || value.includes('${'))).toEqual([]);
    }
    expect(services['api']?.labels?.['traefik.http.routers.api-host-other.rule']).toBe(
      'Host(`api.fleet.test`) || Host(`webserver.fleet.test`)',
    );
    expect(services['edge-proxy']?.environment?.['TRAEFIK_PROVIDERS_DOCKER_CONSTRAINTS']).toBe(
      'Label(`com.docker.compose.project`, `conf`)',
    );
  });
});
