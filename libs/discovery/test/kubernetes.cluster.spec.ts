import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { openCatalogHub } from '../src/catalog-hub.ts';
import type { Catalog } from '../src/catalog.ts';
import { serviceAccountAccess } from '../src/kubernetes/access.ts';
import { sliceCatalog } from '../src/kubernetes/catalog.ts';
import { createSliceClient } from '../src/kubernetes/client.ts';
import { benchInstance, catalogConformance, type BenchInstance, type CatalogBench } from './catalog-conformance.ts';
import { ownService } from './consul-tier.ts';
import { openNamespace, type ClusterNamespace } from './kubernetes-cluster.ts';
import { asListed, sliceFor } from './slices.ts';
import { watched } from './watched.ts';

const WAIT_MS = 20_000;

/** An API server refuses slices with addresses of the loopback range. */
const elsewhere = (instance: BenchInstance): BenchInstance => ({
  ...instance,
  address: instance.address.replace('127.', '10.'),
});
const [a, b] = [elsewhere(benchInstance(1)), elsewhere(benchInstance(2))];

describe('a real API server', () => {
  let cluster: ClusterNamespace;
  beforeAll(async () => {
    cluster = await openNamespace();
  });
  afterAll(() => cluster?.close());

  const clientAt = (server: string) => createSliceClient(serviceAccountAccess({ ...cluster, server }));

  const bench = (wrap: (source: Catalog) => Catalog) => async (): Promise<CatalogBench> => {
    const service = ownService();
    return {
      catalog: wrap(sliceCatalog({ client: clientAt(cluster.server) })),
      service,
      waitMaxMs: WAIT_MS,
      asSeen: (instance) => asListed(elsewhere(instance)),
      put: (instances) => cluster.put(service, instances.map(elsewhere).map(sliceFor)),
      // The server is everybody's, so nothing is cut here: the scripted one is.
      close: () => cluster.put(service, []),
    };
  };

  describe.each([
    ['the Kubernetes adapter', (source: Catalog) => source],
    ['the Kubernetes adapter behind the hub', openCatalogHub],
  ])('%s', (_, wrap) => {
    it.each(catalogConformance)('$name', async (conformanceCase) => {
      await expect(conformanceCase.run(bench(wrap))).resolves.toBeUndefined();
    });
  });

  it('ends watches in time, and the next ones go on without a fault', async () => {
    const service = ownService();
    const client = clientAt(cluster.server);
    const froms: string[] = [];
    const counting: typeof client = {
      ...client,
      watch(name, from, signal) {
        froms.push(from.resourceVersion);
        return client.watch(name, from, signal);
      },
    };
    const catalog = sliceCatalog({ client: counting, watchTimeoutS: 2 });
    const watch = watched(catalog, service);
    try {
      await watch.sees('good');
      await until(() => froms.length >= 3, WAIT_MS);
      await cluster.put(service, [sliceFor(a)]);
      await watch.sees(`good, ${a.id} passing`);
      expect(watch.faults()).toBe(0);
    } finally {
      await watch.end();
      await cluster.put(service, []);
    }
  });

  it('takes the token that the file has now, and refuses another', async () => {
    const service = ownService();
    await cluster.put(service, [sliceFor(a)]);
    const watch = watched(sliceCatalog({ client: clientAt(cluster.server), watchTimeoutS: 1 }), service);
    try {
      await watch.sees(`good, ${a.id} passing`);
      writeFileSync(join(cluster.serviceAccountDir, 'token'), 'of somebody else');
      await watch.sees(`catalog_refused, ${a.id} passing`);
      await cluster.put(service, [sliceFor(a), sliceFor(b)]);
      writeFileSync(join(cluster.serviceAccountDir, 'token'), cluster.token);
      await watch.sees(`good, ${a.id} passing, ${b.id} passing`);
      expect(watch.faults()).toBe(1);
    } finally {
      await watch.end();
      await cluster.put(service, []);
    }
  });

  it.each([
    ['list', ['get', 'watch'], 'catalog_refused'],
    ['watch', ['get', 'list'], 'catalog_refused'],
  ])('refuses a service account that may not %s', async (_, verbs, code) => {
    await cluster.allow(...verbs);
    const watch = watched(sliceCatalog({ client: clientAt(cluster.server) }), ownService());
    try {
      await until(() => watch.said().at(-1) === code, WAIT_MS);
      await cluster.allow('get', 'list', 'watch');
      await watch.sees('good');
      expect(await clientAt(cluster.server).ping()).toBeGreaterThan(0);
    } finally {
      await watch.end();
    }
  });
});
