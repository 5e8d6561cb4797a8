import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pause, until } from '@nestfleet/timing';
import { openCatalogHub } from '../src/catalog-hub.ts';
import type { Catalog } from '../src/catalog.ts';
import { openDiscovery } from '../src/index.ts';
import { sliceCatalog } from '../src/kubernetes/catalog.ts';
import { createSliceClient, type SliceClientOptions } from '../src/kubernetes/client.ts';
import { startApiServer, type ScriptedApiServer } from '../src/testing.ts';
import { benchInstance, catalogConformance, type CatalogBench } from './catalog-conformance.ts';
import { startReplica } from './replica.ts';
import { asListed, sliceFor } from './slices.ts';
import { type Watched, watched } from './watched.ts';

const NAMESPACE = 'shop';
const PATH = `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`;
const WAIT_MS = 20_000;

/** The back-off has a spec of its own. */
const waitBackOff = (_ms: number, signal: AbortSignal) => pause(20, signal);

const clientOf = (url: string, more: Partial<SliceClientOptions> = {}) =>
  createSliceClient({
    access: { server: new URL(url), token: undefined, ca: undefined },
    namespace: NAMESPACE,
    ...more,
  });

const [a, b] = [benchInstance(1), benchInstance(2)];
const A = `${a.id} passing`;
const AB = `${A}, ${b.id} passing`;

const bench = (wrap: (source: Catalog) => Catalog) => async (): Promise<CatalogBench> => {
  const server = await startApiServer();
  return {
    catalog: wrap(sliceCatalog({ client: clientOf(server.url), waitBackOff })),
    service: 'bench',
    waitMaxMs: WAIT_MS,
    asSeen: asListed,
    put: (instances) => Promise.resolve(server.put('bench', instances.map(sliceFor))),
    cut: () => server.cut(),
    mend: () => server.mend(),
    close: () => server.close(),
  };
};

describe('the Kubernetes adapter', () => {
  describe.each([
    ['alone', (source: Catalog) => source],
    ['behind the hub', openCatalogHub],
  ])('%s', (_, wrap) => {
    it.each(catalogConformance)('$name', async (conformanceCase) => {
      await expect(conformanceCase.run(bench(wrap))).resolves.toBeUndefined();
    });
  });
});

describe('the Kubernetes catalog', () => {
  let server: ScriptedApiServer;
  let watch: Watched | undefined;
  beforeEach(async () => {
    server = await startApiServer();
    server.put('api', [sliceFor(a)]);
  });
  afterEach(async () => {
    await watch?.end();
    watch = undefined;
    await server.close();
  });

  const start = async (more: Partial<SliceClientOptions> = {}, watchTimeoutS?: number) => {
    const client = clientOf(server.url, more);
    watch = watched(
      sliceCatalog({ client, waitBackOff, ...(watchTimeoutS !== undefined && { watchTimeoutS }) }),
      'api',
    );
    await watch.sees(`good, ${A}`);
    await until(() => server.openWatches() === 1, WAIT_MS);
    return watch;
  };

  it('asks for the slices of the service in its namespace, and watches with bookmarks, a version and a time-out', async () => {
    const { sees } = await start();
    const [list, first] = server.asked;
    expect([list!.path, Object.fromEntries(list!.query)]).toEqual([
      PATH,
      { labelSelector: 'kubernetes.io/service-name=api' },
    ]);
    expect([first!.path, Object.fromEntries(first!.query)]).toEqual([
      PATH,
      {
        labelSelector: 'kubernetes.io/service-name=api',
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion: '101',
        timeoutSeconds: expect.stringMatching(/^\d\d$/),
      },
    ]);
    server.put('worker', [sliceFor(b)]);
    server.bookmark();
    server.endWatches();
    await until(() => server.watches.length === 2, WAIT_MS);
    expect(server.watches[1]!.query.get('resourceVersion')).toBe('102');
    server.put('api', [sliceFor(a), sliceFor(b)]);
    await sees(`good, ${AB}`);
    expect(server.lists).toHaveLength(1);
  });

  it('misses nothing that changed between two watches', async () => {
    const { sees } = await start();
    server.endWatches();
    server.put('api', [sliceFor(a), sliceFor(b)]);
    await sees(`good, ${AB}`);
    expect(server.lists).toHaveLength(1);
  });

  it('is as of the end of each watch in a cluster where nothing changes', async () => {
    const stop = new AbortController();
    const asOf: number[] = [];
    const catalog = sliceCatalog({ client: clientOf(server.url), nowMs: () => asOf.length });
    const reading = (async () => {
      for await (const { asOfMs } of catalog.watch('api', stop.signal)) asOf.push(asOfMs);
    })();
    for (const ended of [1, 2]) {
      await until(() => server.watches.length === ended && server.openWatches() === 1, WAIT_MS);
      server.endWatches();
      await until(() => asOf.length === ended + 1, WAIT_MS);
    }
    stop.abort();
    await reading;
    expect(asOf).toEqual([0, 1, 2]);
    expect(server.lists).toHaveLength(1);
  });

  it.each<[string, (server: ScriptedApiServer) => void]>([
    ['was reset', (s) => s.reset()],
    [
      'was reset within an event',
      (s) => {
        s.tell('{"type":"MODIFIED","object":{"metadata":{"na');
        s.reset();
      },
    ],
    [
      'ended within an event',
      (s) => {
        s.tell('{"type":"MODIFIED","object":{"metadata":{"na');
        s.endWatches();
      },
    ],
    ['said what is no event', (s) => s.tell('<html>\n')],
    ['said an event without an end', (s) => s.tell('x'.repeat(5_000_000))],
    ['failed', (s) => s.tell('{"type":"ERROR","object":{"code":500,"message":"etcd"}}\n')],
  ])('keeps its set and lists anew where the watch %s', async (_, break_) => {
    const { sees, said, faults } = await start();
    break_(server);
    await sees(`catalog_unavailable, ${A}`);
    server.put('api', [sliceFor(a), sliceFor(b)]);
    await sees(`good, ${AB}`);
    expect(said()).toContain(`catalog_unavailable, ${A}`);
    expect(faults()).toBe(1);
    expect(server.lists).toHaveLength(2);
  });

  it('lists anew where the version that it goes on from is gone', async () => {
    const { sees, said } = await start();
    server.forget('api', [sliceFor(b)]);
    server.endWatches();
    await sees(`good, ${b.id} passing`);
    expect(said()).not.toContainEqual(expect.stringContaining('catalog_'));
  });

  it('notices a watch that the server has forgotten once it should have ended', async () => {
    const { sees, faults } = await start({ times: { watchSpareMs: 200 } }, 1);
    server.isSilent = true;
    server.put('api', [sliceFor(a), sliceFor(b)]);
    await sees(`catalog_unavailable, ${A}`);
    server.isSilent = false;
    await sees(`good, ${AB}`);
    expect(faults()).toBe(1);
  });

  it.each([
    ['lists', { listMs: 200 }, false],
    ['begins watches', { watchHeadMs: 200 }, true],
  ])('does not wait for a server that takes connections and never %s', async (_, times, forWatch) => {
    const { sees, said } = await start({ times });
    server.answer = ({ query }) => (query.has('watch') === forWatch ? null : undefined);
    server.reset();
    await until(() => server.lists.length >= 4, WAIT_MS);
    server.answer = () => undefined;
    server.put('api', [sliceFor(a), sliceFor(b)]);
    await sees(`good, ${AB}`);
    expect(said()).toContain(`catalog_unavailable, ${A}`);
  });

  it('passes nothing on of a list that is none', async () => {
    const { sees, said } = await start();
    server.answer = () => '{"kind":"EndpointSliceList"}';
    server.reset();
    await until(() => server.lists.length >= 3, WAIT_MS);
    expect(said().slice(1)).toEqual([`catalog_unavailable, ${A}`]);
    server.answer = () => undefined;
    await sees(`good, ${A}`);
  });

  it('asks with the token of now: one that has expired is read again', async () => {
    let token = 'old';
    server.answer = ({ authorization }) => (authorization === `Bearer ${token}` ? undefined : 401);
    let file = 'old';
    const access = { server: new URL(server.url), token: () => file, ca: undefined };
    const { sees, faults } = await start({ access });
    token = 'new';
    server.endWatches();
    await sees(`catalog_refused, ${A}`);
    file = 'new';
    server.put('api', [sliceFor(a), sliceFor(b)]);
    await sees(`good, ${AB}`);
    expect(faults()).toBe(1);
  });

  it('has one watch however many read, and none without a reader', async () => {
    const hub = openCatalogHub(sliceCatalog({ client: clientOf(server.url) }));
    const [one, other] = [watched(hub, 'api'), watched(hub, 'api')];
    await one.sees(`good, ${A}`);
    await other.sees(`good, ${A}`);
    await until(() => server.openWatches() === 1, WAIT_MS);
    expect(server.asked).toHaveLength(2);
    await one.end();
    await other.end();
    await until(() => server.openWatches() === 0, WAIT_MS);
  });

  it('pings with a list of what it may see', async () => {
    const client = clientOf(server.url, { times: { pingKeptMs: 0 } });
    expect(await client.ping()).toBeGreaterThan(0);
    expect(Object.fromEntries(server.lists[0]!.query)).toEqual({
      fieldSelector: 'metadata.name=ping',
      resourceVersion: '0',
    });
    server.answer = () => 403;
    await expect(client.ping()).rejects.toMatchObject({ code: 'catalog_refused' });
    server.answer = () => 503;
    await expect(client.ping()).rejects.toMatchObject({ code: 'catalog_unavailable' });
  });
});

describe('a ping', () => {
  it('is one however many ask at once and soon after', async () => {
    const server = await startApiServer();
    try {
      const client = clientOf(server.url, { times: { pingKeptMs: 60_000 } });
      await Promise.all([client.ping(), client.ping()]);
      await client.ping();
      expect(server.lists).toHaveLength(1);
    } finally {
      await server.close();
    }
  });
});

describe('a discovery by Kubernetes', () => {
  let dir: string;
  let server: ScriptedApiServer;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'nestfleet-kubernetes-'));
  });
  afterEach(async () => {
    await server.close();
    rmSync(dir, { recursive: true });
  });

  it('trusts the authority of its service account, and shows it the token', async () => {
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' });
    const subject = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '1', '-nodes'];
    openssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      ...subject,
      '-keyout',
      'key',
      '-out',
      'ca.crt',
    );
    writeFileSync(join(dir, 'token'), 'of the pod');
    writeFileSync(join(dir, 'namespace'), NAMESPACE);
    const read = (name: string): string => readFileSync(join(dir, name), 'utf8');
    server = await startApiServer({ cert: read('ca.crt'), key: read('key') });
    server.answer = ({ authorization }) => (authorization === 'Bearer of the pod' ? undefined : 401);
    server.put('api', [sliceFor(a)]);
    const discovery = openDiscovery({ kind: 'kubernetes', server: server.url, serviceAccountDir: dir });
    try {
      expect(await discovery.ping()).toBeGreaterThan(0);
      const api = discovery.upstreams.of('api');
      await api.ready();
      expect(api.instances()).toMatchObject({ instances: [{ id: a.id, port: a.port }] });
      expect(api.instances().error).toBeUndefined();
      expect(server.asked[0]!.path).toBe(PATH);
    } finally {
      discovery.close();
    }
    writeFileSync(join(dir, 'ca.crt'), read('ca.crt').replace(/[A-Z]/, '0'));
    const strange = openDiscovery({ kind: 'kubernetes', server: server.url, serviceAccountDir: dir });
    await expect(strange.ping()).rejects.toMatchObject({ code: 'catalog_unavailable' });
    strange.close();
  });

  it('keeps those that confirm themselves where a list is suddenly empty, and for the next start where no server answers', async () => {
    server = await startApiServer();
    const [one, two] = await Promise.all([startReplica(), startReplica()]);
    const at = [one, two].map((replica, n) => {
      const { epoch, port } = replica.definition('api', { slot: `${n}` });
      return { ...benchInstance(n + 1), id: `api-${n}-${epoch}`, address: '127.0.0.1', port: port! };
    });
    server.put('api', at.map(sliceFor));
    const source = { kind: 'kubernetes', server: server.url, namespace: NAMESPACE, cacheDir: dir } as const;
    const discovery = openDiscovery(source);
    const ids = (of: typeof discovery): string =>
      of.upstreams
        .of('api')
        .instances()
        .instances.map(({ id }) => id)
        .join();
    const both = at.map(({ id }) => id).join();
    try {
      await until(() => ids(discovery) === both, WAIT_MS);
      // Another pod of the service has its address by now.
      two.definition('api', { slot: '2' });
      server.forget('api', []);
      server.endWatches();
      await until(() => ids(discovery) === at[0]!.id, WAIT_MS);
      await until(() => readFileSync(join(dir, 'catalog-api.json'), 'utf8').includes(at[0]!.id), WAIT_MS);
    } finally {
      discovery.close();
    }
    await server.cut();
    const later = openDiscovery(source);
    try {
      await until(() => ids(later) === at[0]!.id, WAIT_MS);
      expect(later.upstreams.of('api').instances()).toMatchObject({ cached: true });
    } finally {
      later.close();
      await Promise.all([one.die(), two.die()]);
    }
  });
});
