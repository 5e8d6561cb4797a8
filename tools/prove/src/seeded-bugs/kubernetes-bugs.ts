import type { SuiteBug } from './suite-bug.ts';

const KUBERNETES = 'libs/discovery/src/kubernetes';
const SLICES = { spec: `${KUBERNETES}/endpoint-slice.spec.ts` };
const SLICE_FILE = `${KUBERNETES}/endpoint-slice.ts`;
const SCRIPTED = { spec: 'libs/discovery/test/kubernetes.spec.ts' };
const TOPOLOGY = 'apps/frontend-gateway/src/topology';

const slices: readonly SuiteBug[] = [
  {
    name: 'terminating-counts-as-ready',
    description: 'a pod that terminates is sent requests while its readiness probe still passes',
    patches: [
      {
        file: SLICE_FILE,
        find: "terminating === true) return 'maintenance'",
        replace: "terminating === true) return conditions.serving ? 'passing' : 'maintenance'",
      },
    ],
    detectedBy: { ...SLICES, test: 'is maintenance for {"ready":false,"serving":true,"terminating":true}' },
  },
  {
    name: 'drained-counts-as-sick',
    description:
      'pods whose readiness fails because they terminate count for the panic threshold, and are used in panic',
    patches: [
      {
        file: SLICE_FILE,
        find: "terminating === true) return 'maintenance'",
        replace: "terminating === true) return conditions.serving === false ? 'critical' : 'maintenance'",
      },
    ],
    detectedBy: { ...SLICES, test: 'is maintenance for {"ready":false,"serving":false,"terminating":true}' },
  },
  {
    name: 'missing-condition-unready',
    description: 'an endpoint whose slice does not say ready is taken for unready',
    patches: [{ file: SLICE_FILE, find: 'conditions?.ready ?? true', replace: 'conditions?.ready ?? false' }],
    detectedBy: { ...SLICES, test: 'is passing for {}' },
  },
  {
    name: 'named-port-missed',
    description: 'the port for messages is not read from the slice, so that GET /whoami finds none',
    patches: [{ file: SLICE_FILE, find: "['rpc', 'control', 'metrics']", replace: "['control', 'metrics']" }],
    detectedBy: { ...SLICES, test: 'has of a pod all that an entry of Consul has' },
  },
  {
    name: 'older-slice-wins',
    description: 'of two slices that list a pod the one that was written first says how it is',
    patches: [
      {
        file: SLICE_FILE,
        find: 'versionOrder(b.metadata.resourceVersion, a.metadata.resourceVersion)',
        replace: 'versionOrder(a.metadata.resourceVersion, b.metadata.resourceVersion)',
      },
    ],
    detectedBy: { ...SLICES, test: 'is as the newer one says' },
  },
  {
    name: 'versions-compared-as-text',
    description: 'version 9 of a slice is taken for newer than version 10',
    patches: [{ file: SLICE_FILE, find: 'one.length - other.length || ', replace: '' }],
    detectedBy: { ...SLICES, test: 'of versions 9 and 10' },
  },
];

const watches: readonly SuiteBug[] = [
  {
    name: 'starting-counts-as-sick',
    description: 'pods that start count for the panic threshold, so that more replicas are a panic that sends to them',
    patches: [
      {
        file: `${KUBERNETES}/first-readiness.ts`,
        find: '|| before.has(keyOf(instance))',
        replace: '|| before.has(keyOf(instance)) || true',
      },
    ],
    detectedBy: { spec: `${KUBERNETES}/catalog.spec.ts`, test: 'lets a pool panic for sick pods alone: with more' },
  },
  {
    name: 'gone-not-listed-anew',
    description: 'after 410 the watch is begun again from the version that is gone, for ever',
    patches: [
      {
        file: `${KUBERNETES}/catalog.ts`,
        find: '        set = undefined;\n        failures += 1;',
        replace: '        if (!(cause instanceof ApiError && cause.isGone)) set = undefined;\n        failures += 1;',
      },
    ],
    detectedBy: { spec: `${KUBERNETES}/catalog.spec.ts`, test: 'lists anew at once where the version' },
  },
  {
    name: 'quiet-set-grows-old',
    description:
      'a watch that ended in time confirms nothing, so that the set of a quiet cluster looks older and older',
    patches: [
      {
        file: `${KUBERNETES}/catalog.ts`,
        find: '        yield snapshotOf(set);\n        if (nowMs()',
        replace: '        if (nowMs()',
      },
    ],
    detectedBy: { spec: `${KUBERNETES}/catalog.spec.ts`, test: 'is as of the end of a watch that ended in time' },
  },
  {
    name: 'bookmark-ignored',
    description: 'a watch goes on from the last change, whose version is gone where nothing changes',
    patches: [
      {
        file: `${KUBERNETES}/slice-set.ts`,
        find: '        ({ resourceVersion } = event.object.metadata);',
        replace: "        if (event.type !== 'BOOKMARK') ({ resourceVersion } = event.object.metadata);",
      },
    ],
    detectedBy: { spec: `${KUBERNETES}/catalog.spec.ts`, test: 'goes on from its last version' },
  },
  {
    name: 'back-off-without-end',
    description: 'an API server that was away is found again only when the back-off is over',
    patches: [
      {
        file: `${KUBERNETES}/catalog.ts`,
        find: 'cause instanceof ApiError ? ANSWERED : UNREACHABLE',
        replace: 'cause instanceof ApiError ? UNREACHABLE : ANSWERED',
      },
    ],
    detectedBy: { spec: `${KUBERNETES}/catalog.spec.ts`, test: 'tries one that is away each one to one and a half' },
  },
  {
    name: 'token-of-the-start',
    description: 'requests are sent with the token of the first one, which expires',
    patches: [
      {
        file: `${KUBERNETES}/client.ts`,
        find: '  const path = `/apis',
        replace:
          '  const first = access.token?.();\n  if (first) access = { ...access, token: () => first };\n  const path = `/apis',
      },
    ],
    detectedBy: { ...SCRIPTED, test: 'asks with the token of now' },
  },
  {
    name: 'forgotten-watch-unbounded',
    description: 'a watch that its server has forgotten is waited on for ever',
    patches: [
      {
        file: `${KUBERNETES}/client.ts`,
        find: 'timeoutS * 1_000 + watchSpareMs',
        replace: 'timeoutS * 1_000_000 + watchSpareMs',
      },
    ],
    detectedBy: { ...SCRIPTED, test: 'notices a watch that the server has forgotten' },
  },
  {
    name: 'cut-event-ignored',
    description: 'a watch that ended within an event goes on as if there had been none',
    patches: [{ file: `${KUBERNETES}/client.ts`, find: '      parser.end();\n', replace: '' }],
    detectedBy: { ...SCRIPTED, test: 'where the watch ended within an event' },
  },
  {
    name: 'event-unbounded',
    description: 'a line without an end is kept until there is no memory left',
    patches: [{ file: `${KUBERNETES}/watch-event.ts`, find: 'length > lineMaxChars', replace: 'length > Infinity' }],
    detectedBy: { spec: `${KUBERNETES}/watch-event.spec.ts`, test: 'refuses a line longer than the bound' },
  },
  {
    name: 'token-over-plain-http',
    description: 'the token of the service account is sent unencrypted',
    patches: [
      {
        file: `${KUBERNETES}/access.ts`,
        find: "server.protocol === 'http:'",
        replace: "server.protocol === 'http:' && false",
      },
    ],
    detectedBy: { spec: `${KUBERNETES}/access.spec.ts`, test: 'sends no token over plain http' },
  },
];

const identities: readonly SuiteBug[] = [
  {
    name: 'pod-suffix-as-slot',
    description: 'the random end of a pod name is taken for its ordinal where it is digits alone',
    patches: [{ file: 'libs/service/src/identity.ts', find: '{1,4})$/', replace: '{1,6})$/' }],
    detectedBy: { spec: 'libs/service/src/identity.spec.ts', test: "a random suffix of digits alone is a pod's" },
  },
  {
    name: 'id-unknown-to-the-catalog',
    description: 'a pod calls itself by an id that nobody finds, so the control plane refuses all messages to it',
    patches: [
      { file: 'libs/service/src/identity.ts', find: 'catalogNameOf(config, name) ?? ', replace: '' },
      {
        file: 'libs/service/src/identity.ts',
        find: 'const catalogNameOf = ',
        replace: 'export const catalogNameOf = ',
      },
    ],
    detectedBy: {
      spec: 'libs/service/src/identity.spec.ts',
      test: 'has the id that it has where others find it, with DISCOVERY=kubernetes',
    },
  },
  {
    name: 'registers-nowhere-again-and-again',
    description:
      'where nothing is registered the entry that is never found is written each second, with a line in the log',
    patches: [
      {
        file: 'libs/discovery/src/discovery.ts',
        find: 'const { registrar } = backend;',
        replace: 'const { registrar = fixedRegistrar() } = backend;',
      },
    ],
    detectedBy: { spec: 'libs/discovery/src/discovery.spec.ts', test: 'says nothing of a registration' },
  },
  {
    name: 'run-of-a-pod-unknown',
    description: 'what a slice does not say, version and start, is not taken from the instance',
    patches: [{ file: `${TOPOLOGY}/topology.ts`, find: '?? run?.version ??', replace: '??' }],
    detectedBy: { spec: `${TOPOLOGY}/topology.spec.ts`, test: 'takes version and start from the instance' },
  },
  {
    name: 'health-speaks-of-consul',
    description: '/healthz of a worker names Consul whatever catalog it uses',
    patches: [
      { file: 'apps/worker/src/probes.ts', find: 'pingProbe(catalog,', replace: "pingProbe(catalog && 'consul'," },
    ],
    detectedBy: { spec: 'apps/worker/src/probes.spec.ts', test: 'shows round trips and what waits' },
  },
];

/** Bugs of the Kubernetes catalog, and of what a pod is called. */
export const kubernetesBugs: readonly SuiteBug[] = [...slices, ...watches, ...identities];
