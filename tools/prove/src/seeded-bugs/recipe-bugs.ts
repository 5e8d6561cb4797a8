import type { SuiteBug } from './suite-bug.ts';

const SERVER = 'tools/recipes/src/socket-io.ts';
const CLIENT = 'tools/recipes/src/socket-io-client.ts';
const CACHE = 'tools/recipes/src/cache.ts';
const cache = 'tools/recipes/test/cache.integration.spec.ts';
const socketIo = 'tools/recipes/test/socket-io.integration.spec.ts';

/** Lines of the recipes that somebody may leave out. */
export const recipeBugs: readonly SuiteBug[] = [
  {
    name: 'sockets-no-recovery',
    description: 'what was sent while a client was away is not kept for it',
    patches: [
      {
        file: SERVER,
        find: '  connectionStateRecovery: { maxDisconnectionDuration: 120_000, skipMiddlewares: false },\n',
        replace: '',
      },
    ],
    detectedBy: { spec: socketIo, test: 'delivers what was sent while a client was away' },
  },
  {
    name: 'sockets-no-first-place',
    description: 'a client that was sent nothing has no place in the stream to recover from',
    patches: [{ file: SERVER, find: "socket.emit('welcome');", replace: 'void socket;' }],
    detectedBy: { spec: socketIo, test: 'recovers a client that has not been sent a message yet' },
  },
  {
    name: 'sockets-disconnected',
    description: 'a replica that ends disconnects its clients for good',
    patches: [{ file: SERVER, find: 'socket.conn.close();', replace: 'socket.disconnect(true);' }],
    detectedBy: { spec: socketIo, test: 'hands 30 clients over' },
  },
  {
    name: 'sockets-all-at-once',
    description: 'a replica that ends sends all of its clients to the others at one moment',
    patches: [{ file: SERVER, find: '      await sleep(SPREAD_MS / sockets.length);\n', replace: '' }],
    detectedBy: { spec: socketIo, test: 'hands 30 clients over' },
  },
  {
    name: 'sockets-back-at-once',
    description: 'clients come back without a pause, all of them',
    patches: [
      { file: CLIENT, find: 'reconnectionDelay: 1_000, randomizationFactor: 0.5', replace: 'reconnectionDelay: 1' },
    ],
    detectedBy: { spec: socketIo, test: 'hands 30 clients over' },
  },
  {
    name: 'sockets-gap-unseen',
    description: 'a client that has not recovered goes on as if it lacked nothing',
    patches: [{ file: CLIENT, find: 'if (!socket.recovered) void refetch();', replace: 'void socket.recovered;' }],
    detectedBy: { spec: socketIo, test: 'more was sent than the stream holds' },
  },
  {
    name: 'sockets-gap-kept',
    description: 'a client that sees a gap waits for the message that is missing, and fetches nothing',
    patches: [{ file: CLIENT, find: 'if (ahead.size > 0) refetchSoon();', replace: '' }],
    detectedBy: { spec: socketIo, test: 'has clients fetch a message that was stored and not sent' },
  },
  {
    name: 'sockets-give-up',
    description: 'what is sent while Redis is away is given up',
    patches: [{ file: SERVER, find: 'maxRetriesPerRequest: null', replace: 'maxRetriesPerRequest: 0' }],
    detectedBy: { spec: socketIo, test: 'sends what is posted while Redis is away' },
  },
  {
    name: 'cache-others-untold',
    description: 'other replicas go on with the old value',
    patches: [{ file: CACHE, find: '    notificationConsumer: pair.consumer,\n', replace: '' }],
    detectedBy: { spec: cache, test: 'shows a change that one replica makes at the others' },
  },
  {
    name: 'cache-stampede',
    description: 'each request that finds nothing loads',
    patches: [
      {
        file: CACHE,
        find: 'return (await this.cache.get(id)) ?? this.products.load(id);',
        replace:
          'const found = this.cache.getInMemoryOnly(id); if (found) return found; const [loaded] = await Promise.all([this.products.load(id), this.connections[0]?.ping()]); await this.cache.forceSetValue(id, loaded); return loaded;',
      },
    ],
    detectedBy: { spec: cache, test: 'loads a value that 200 requests at once lack at most once' },
  },
  {
    name: 'cache-waits',
    description: 'requests wait for a Redis that is away',
    patches: [{ file: CACHE, find: '{ enableOfflineQueue: false, commandTimeout: 500 }', replace: '{}' }],
    detectedBy: { spec: cache, test: 'answers while Redis is away' },
  },
  {
    name: 'cache-hangs-too',
    description: 'requests wait for a Redis that hangs',
    patches: [{ file: CACHE, find: 'commandTimeout: 500 }', replace: 'commandTimeout: 600_000 }' }],
    detectedBy: { spec: cache, test: 'answers while Redis hangs' },
  },
  {
    name: 'cache-never-ends',
    description: 'a value whose change was missed stays',
    patches: [{ file: CACHE, find: "ttlInMsecs: setting('TTL_MS', 60_000),", replace: 'ttlInMsecs: 600_000,' }],
    detectedBy: { spec: cache, test: 'has no value that is older than its TTLs' },
  },
  {
    name: 'cache-remembers',
    description: 'a replica that was cut off keeps what it has in memory',
    patches: [{ file: CACHE, find: 'cache.applyRemoteInvalidation()', replace: 'void cache' }],
    detectedBy: { spec: cache, test: 'asks Redis again for what it has in memory' },
  },
];
