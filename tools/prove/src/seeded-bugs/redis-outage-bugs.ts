import type { SeededBug } from './seeded-bug.ts';

const CONNECTION = 'libs/redis/src';
const VISITS = 'libs/state/src/visits/redis-visits.ts';
const RECOVERS = /every request succeeds again within/;

/** Bugs that a client of Redis is known to be made with, and that show once Redis hangs, goes away or moves. */
export const redisOutageBugs: readonly SeededBug[] = [
  {
    name: 'no-command-timeout',
    description: 'a command waits for Redis for as long as its connection stands',
    app: 'api',
    patches: [
      {
        file: `${CONNECTION}/connection.ts`,
        find: 'const answer = await withDeadline(work(), deadlineMs);',
        replace: 'const answer = await work();',
      },
    ],
    detectedBy: { scenario: 'redis-pause', fault: /is answered within/ },
  },
  {
    name: 'gives-up-reconnecting',
    description: 'a client that could not connect three times tries no more',
    app: 'api',
    patches: [
      {
        file: `${CONNECTION}/client-options.ts`,
        find: '    retryStrategy: delayMs,\n',
        replace: '    retryStrategy: (attempt) => (attempt > 2 ? null : delayMs(attempt)),\n',
      },
    ],
    detectedBy: { scenario: 'redis-restart', fault: RECOVERS },
  },
  {
    name: 'fault-closes-consumer',
    description: 'a consumer of jobs is closed by the first fault of its connection',
    app: 'worker',
    patches: [
      {
        file: 'libs/jobs/src/bullmq/consumer.ts',
        find: "  worker.on('error', reportFault);\n",
        replace: "  worker.on('error', (error) => {\n    reportFault(error);\n    void worker.close();\n  });\n",
      },
    ],
    detectedBy: { scenario: 'redis-restart-everysec', fault: /jobs: none is lost.*is (waiting|active|delayed)/ },
  },
  {
    name: 'counts-while-away',
    description: 'while Redis is away each replica counts visits itself',
    app: 'api',
    patches: [
      { file: VISITS, find: 'interface Waiter {', replace: 'const lastCounts = new Map();\n\ninterface Waiter {' },
      {
        file: VISITS,
        find: '      return promise;\n',
        replace: `      const kept = (counts) => {
        if (counts !== undefined) lastCounts.set(id, counts);
        return counts;
      };
      return promise.then(kept, (fault) => {
        const last = lastCounts.get(id);
        if (last === undefined) throw fault;
        return kept({ sessionCount: last.sessionCount + 1, globalCount: last.globalCount + 1 });
      });\n`,
      },
    ],
    detectedBy: { scenario: 'redis-kill', fault: /count each visit once.*(was given twice|are counted as)/ },
  },
  {
    name: 'counted-behind',
    description: 'each replica adds what it has counted over all to Redis every 5 s',
    app: 'api',
    patches: [
      { file: VISITS, find: 'let across = !commands.sharded;', replace: 'let across = false;' },
      {
        file: VISITS,
        find: '  const addToGlobal = batchedAdds((by) => outsideBudget(() => counters.addGlobal(by)));\n',
        replace: `  let written = 0;
  let behind = 0;
  setInterval(() => {
    const by = behind;
    behind = 0;
    if (by > 0) void outsideBudget(() => counters.addGlobal(by)).then((count) => (written = count), () => undefined);
  }, 5_000).unref();
  const addToGlobal = async (by) => written + (behind += by);\n`,
      },
    ],
    detectedBy: { scenario: 'redis-kill-everysec', fault: /acknowledged more than 2000 ms before the crash.*client/ },
  },
  {
    name: 'old-primary-kept',
    description: 'a client stays with the server that was the primary for as long as that one keeps the connection',
    app: 'api',
    patches: [
      {
        file: `${CONNECTION}/sentinel-failover.ts`,
        find: '        if (!there) this.disconnect();\n',
        replace: '',
      },
      {
        file: `${CONNECTION}/refusal-watch.ts`,
        find: "if (fault.name === 'READONLY' && redis !== undefined) {",
        replace: 'if (redis === null) {',
      },
    ],
    detectedBy: { scenario: 'failover-planned', fault: RECOVERS },
  },
  {
    name: 'primary-remembered',
    description: 'what Sentinels say of the primary is remembered for 10 s, also where it is not there',
    app: 'api',
    patches: [
      {
        file: `${CONNECTION}/sentinel-failover.ts`,
        find: '      super(options as Options);\n    }\n',
        replace: `      super(options as Options);
    }

    private static last = { address: undefined, untilMs: 0 };

    protected async resolve(sentinel) {
      const { address, untilMs } = FollowingConnector.last;
      if (address && Date.now() < untilMs) return address;
      const found = await super.resolve(sentinel);
      FollowingConnector.last = { address: found, untilMs: Date.now() + 10_000 };
      return found;
    }\n`,
      },
    ],
    detectedBy: { scenario: 'failover-unplanned', fault: RECOVERS },
  },
];
