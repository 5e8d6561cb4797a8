import type { SuiteBug } from './suite-bug.ts';

const PROXY = 'apps/frontend-gateway/src/proxy';

const unknownRepeatable: SuiteBug = {
  name: 'unknown-repeatable',
  description:
    'a call that was sent and broke reads like one that was never sent, so that who repeats it does it twice',
  patches: [
    {
      file: 'libs/discovery/src/lb/call.ts',
      find: 'attemptsMax === 1 && failures',
      replace: 'attemptsMax === 0 && failures',
    },
  ],
  detectedBy: {
    spec: 'libs/discovery/src/lb/call.spec.ts',
    test: 'that was sent is unknown where it may not be repeated',
  },
};

const connectionListed: SuiteBug = {
  name: 'connection-list-scanned',
  description: 'what Connection lists is gone through for each header, which takes the time of everybody',
  patches: [{ file: `${PROXY}/forward-headers.ts`, find: 'listed.has(name)', replace: '[...listed].includes(name)' }],
  detectedBy: { spec: `${PROXY}/forward-headers.spec.ts`, test: 'takes about as long for many names' },
};

const streamsEverywhere: SuiteBug = {
  name: 'streams-of-each-alone',
  description: 'streams are bounded for each replica alone, so that those of many take all connections of clients',
  patches: [
    { file: `${PROXY}/slots.ts`, find: 'this.isTotalExhausted || this.full.has(id)', replace: 'this.full.has(id)' },
  ],
  detectedBy: { spec: `${PROXY}/upstream-slots.spec.ts`, test: 'of all instances together' },
};

const newcomersClosed: SuiteBug = {
  name: 'newcomers-closed',
  description: 'where all connections wait for answers, a new one is closed before its request has come',
  patches: [
    {
      file: 'libs/service/src/connections/client-connections.ts',
      find: 'idleSinceMs > sparedSinceMs && ',
      replace: 'idleSinceMs > sparedSinceMs + SPARED_MS && ',
    },
    {
      file: 'libs/service/src/connections/client-connections.ts',
      find: '(this.nextRoom ? SPARED_MAX : 0)',
      replace: '0',
    },
  ],
  detectedBy: {
    spec: 'libs/service/src/boot/connections.spec.ts',
    test: 'are not those that have just come',
  },
};

/** WebSockets through the gateway. */
const webSockets: readonly SuiteBug[] = [
  {
    name: 'stuck-peer-kept',
    description: 'an end of a WebSocket that takes nothing is waited for without an end',
    patches: [
      {
        file: `${PROXY}/web-socket/upgrade.ts`,
        find: '    this.upgrading.sendTimeouts.watch(replica);\n',
        replace: '',
      },
    ],
    detectedBy: {
      spec: 'apps/frontend-gateway/test/tunnels.integration.spec.ts',
      test: 'is cut: the replica, also while it sends',
    },
  },
  {
    name: 'slow-peer-cut',
    description: 'a client, or an end of a WebSocket, that takes some of what lies ready, if not all, is cut',
    patches: [
      {
        file: 'libs/service/src/connections/send-timeouts.ts',
        find: 'if (seen?.taken !== taken)',
        replace: 'if (seen === undefined)',
      },
    ],
    detectedBy: {
      spec: 'libs/service/src/connections/send-timeouts.spec.ts',
      test: 'leave one of which some is taken',
    },
  },
];

const heldForNobody: SuiteBug = {
  name: 'held-for-nobody',
  description:
    'a request that waited for the first readiness goes on although its client has gone, and nobody tells it so',
  patches: [
    {
      file: 'libs/service/src/http/adapter.ts',
      find: '      if (limit === undefined && reply.raw.destroyed) return;\n',
      replace: '',
    },
  ],
  detectedBy: {
    spec: 'libs/service/src/http/adapter.spec.ts',
    test: 'is not begun where its client has gone meanwhile',
  },
};

const addressesOfOne: SuiteBug = {
  name: 'buffered-by-address',
  description: 'bodies are counted for each whole address of IPv6, of which one client has as many as it likes',
  patches: [
    { file: `${PROXY}/exchange.ts`, find: 'clientNetwork(this.request), events', replace: 'this.request.ip, events' },
  ],
  detectedBy: { spec: 'apps/frontend-gateway/test/proxy-slots.integration.spec.ts', test: 'of its network (/64)' },
};

/** What one client may take of the gateway. */
export const clientBugs: readonly SuiteBug[] = [
  unknownRepeatable,
  connectionListed,
  streamsEverywhere,
  newcomersClosed,
  ...webSockets,
  addressesOfOne,
  heldForNobody,
];
