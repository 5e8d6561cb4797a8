import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routedServices, type ServiceName } from '@nestfleet/contracts';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import { noFailure } from '../src/checkers/outcomes.ts';
import { type RoutingLook, oneDefinition, routesStay } from '../src/checkers/routing.ts';
import { EdgeProxy } from '../src/client/edge-proxy.ts';
import { entriesPath } from '../src/driver/catalog-view.ts';
import { Fleet } from '../src/driver/make-fleet.ts';
import { ReleaseLink } from '../src/driver/release-link.ts';
import { buildVersion } from '../src/seeded-bugs/build-variant.ts';
import { mixed } from '../src/load/requests.ts';
import { startLoad } from '../src/load/workers.ts';
import { seededRandom } from '../src/load/random.ts';

const OLD = '1.0.0';
const NEW = '2.0.0';
const ROUTED = routedServices.map(({ name }) => name);
const LOOK_EVERY_MS = 50;
const PAGE_EVERY_MS = 40;
/** How long a browser takes to ask for what a page names. */
const PARSED_WITHIN_MS = 100;

interface HealthEntry {
  readonly Service: {
    readonly ID: string;
    readonly Tags: readonly string[];
    readonly Meta: { readonly version: string };
  };
  readonly Checks: readonly { readonly Status: string }[];
}

const apps = new ReleaseLink();

// A Traefik of somebody else reads the catalog too: so the replicas say their routes there.
const fleet = new Fleet({
  ENGINE: 'local',
  BALANCER: 'gateway,traefik-consul',
  DIAGNOSTIC_ROUTES: 'true',
  STACK_APPS_DIR: apps.folder,
});

let next = '';
beforeAll(async () => {
  // Both before the fleet: a build beside it takes the machine's cores, and health checks time out for that.
  next = await buildVersion(NEW);
  renameAssets(join(next, 'frontend-gateway/dashboard'));
  apps.turnTo(await buildVersion(OLD));
  await fleet.make('up', { API: 3, GATEWAY: 2, WORKER: 1, PORT: 0 }, 300_000);
}, 300_000);
afterAll(async () => {
  await fleet.dispose();
  apps.remove();
}, 120_000);

async function entriesOf(service: ServiceName): Promise<HealthEntry[]> {
  const response = await fetch(new URL(entriesPath(service), fleet.server('consul').url));
  return (await response.json()) as HealthEntry[];
}

/** Looks into the catalog again and again, as whoever routes by it does. */
function watchRouting(): { stop(): Promise<ReadonlyMap<ServiceName, readonly RoutingLook[]>> } {
  const looks = new Map(ROUTED.map((service) => [service, [] as RoutingLook[]]));
  const startMs = performance.now();
  const over = new AbortController();
  const watching = (async () => {
    while (!over.signal.aborted) {
      for (const service of ROUTED) {
        const entries = (await entriesOf(service)).map(({ Service, Checks }) => ({
          instanceId: Service.ID,
          passing: Checks.every(({ Status }) => Status === 'passing'),
          tags: Service.Tags,
        }));
        looks.get(service)?.push({ atMs: performance.now() - startMs, entries });
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  })();
  return {
    stop: async () => {
      over.abort();
      await watching;
      return looks;
    },
  };
}

const HASH = /-([\w-]{8})\.(?=js|css)/g;

const withOtherHash = (text: string): string =>
  text.replace(HASH, (_, hash: string) => `-${hash.split('').toReversed().join('')}.`);

/** As of a build of other sources: each asset has another hash in its name. */
function renameAssets(page: string): void {
  const assets = join(page, 'assets');
  for (const name of readdirSync(assets)) renameSync(join(assets, name), join(assets, withOtherHash(name)));
  const index = join(page, 'index.html');
  writeFileSync(index, withOtherHash(readFileSync(index, 'utf8')));
}

/** What a browser does first, each request over a connection of its own: the page, and soon the assets that it names. */
async function loadPage(edge: EdgeProxy): Promise<{ assets: readonly string[]; faults: readonly string[] }> {
  const { status, text } = await edge.ask('/');
  if (status !== 200) return { assets: [], faults: [`/ is answered with ${status}`] };
  const assets = [...text.matchAll(/(?:src|href)="\.(\/assets\/[^"]+)"/g)].map(([, path]) => path!);
  await pause(Math.random() * PARSED_WITHIN_MS);
  const answers = await Promise.all(assets.map(async (path) => ({ path, ...(await edge.ask(path)) })));
  const bad = answers.filter((answer) => answer.status !== 200 || answer.text.length < 100);
  return { assets, faults: bad.map((answer) => `${answer.path} is answered with ${answer.status}`) };
}

/** Loads the page at a fixed pace until it is told to stop, whatever becomes of the loads before. */
function loadPages(edge: EdgeProxy): { stop(): Promise<readonly Awaited<ReturnType<typeof loadPage>>[]> } {
  const loads: ReturnType<typeof loadPage>[] = [];
  const pace = setInterval(() => void loads.push(loadPage(edge)), PAGE_EVERY_MS);
  return {
    stop: () => {
      clearInterval(pace);
      return Promise.all(loads);
    },
  };
}

describe('a rolling upgrade', () => {
  it('from one release to the next loses nothing, defines each route once and never lacks one', async () => {
    const edge = new EdgeProxy(fleet.url, 'localhost');
    const load = await startLoad(edge, { perSecond: 60, mix: mixed, workers: 6, limitMs: 180_000 }, seededRandom(7));
    const routing = watchRouting();
    const pages = loadPages(edge);
    const before = (await entriesOf('api')).map(({ Service }) => Service.Meta.version);
    apps.turnTo(next);
    await fleet.make('restart');
    const looks = await routing.stop();
    const loaded = await pages.stop();
    const operations = await load.stop();

    expect(before).toEqual([OLD, OLD, OLD]);
    for (const service of ROUTED) {
      const versions = (await entriesOf(service)).map(({ Service }) => Service.Meta.version);
      expect(new Set(versions)).toEqual(new Set([NEW]));
      const seen = looks.get(service) ?? [];
      expect(oneDefinition(seen).faults).toEqual([]);
      expect(routesStay(seen).faults).toEqual([]);
      expect(seen.length).toBeGreaterThan(50);
    }
    expect(noFailure(operations).faults).toEqual([]);
    expect(operations.length).toBeGreaterThan(300);
    expect(loaded.flatMap(({ faults }) => faults)).toEqual([]);
    expect(loaded.length).toBeGreaterThan(300);
    // Both builds were seen.
    expect(new Set(loaded.flatMap(({ assets }) => assets.filter((path) => path.endsWith('.css')))).size).toBe(2);
  }, 300_000);
});
