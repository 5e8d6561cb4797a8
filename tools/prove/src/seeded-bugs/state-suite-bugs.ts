import type { SuiteBug } from './suite-bug.ts';

const IDEMPOTENCY = 'libs/state/src/idempotency';
const LAYOUTS = 'libs/state/test/layouts.integration.spec.ts';
const RELEASES = 'libs/state/test/idempotency-releases.integration.spec.ts';

/** What the state promises beside another release, another layout and a memory that gets scarce. */
export const stateBugs: readonly SuiteBug[] = [
  {
    name: 'denied-unnamed',
    description: 'nobody is told which command the user of Redis lacks',
    patches: [
      {
        file: 'libs/redis/src/faults.ts',
        find: 'return command === undefined ? row :',
        replace: 'return command !== row.name ? row :',
      },
    ],
    detectedBy: {
      spec: 'libs/redis/src/faults.spec.ts',
      test: 'names the command that is denied by NOPERM User app',
    },
  },
  {
    name: 'charged-standstill',
    description: 'a request pays for the time in which its own process stood still with what it may wait for Redis',
    patches: [
      {
        file: 'libs/redis/src/connection.ts',
        find: 'breaker.isAnswering ? GRACE_MS : 0',
        replace: 'breaker.isAnswering ? 0 : 0',
      },
    ],
    detectedBy: {
      spec: 'libs/redis/test/connection.integration.spec.ts',
      test: 'in which our own process stood still',
    },
  },
  {
    name: 'written-by-halves',
    description: 'a script does not ask for its permissions, and one that is denied leaves what was written before it',
    patches: [
      {
        file: 'libs/redis/src/script-permissions.ts',
        find: 'if (writes === 0 ||',
        replace: 'if (writes >= 0 ||',
      },
    ],
    detectedBy: {
      spec: 'libs/state/test/permissions.integration.spec.ts',
      test: 'writes all or nothing, whatever it is, with layout 1',
    },
  },
  {
    name: 'cut-inside-character',
    description: 'a stored response is cut by bytes, so layout 2 has half characters',
    patches: [
      { file: `${IDEMPOTENCY}/finish-idempotent.lua`, find: 'while to < #response and', replace: 'while false and' },
    ],
    detectedBy: { spec: LAYOUTS, test: 'is given again as it was after layout 2 came to hold' },
  },
  {
    name: 'done-unknown-before',
    description: 'the release before finds no fingerprint of what is done, and does it again',
    patches: [
      {
        file: `${IDEMPOTENCY}/finish-idempotent.lua`,
        find: `redis.call('HDEL', KEYS[1], 'owner')`,
        replace: `redis.call('HDEL', KEYS[1], 'owner', 'fingerprint')`,
      },
    ],
    detectedBy: { spec: RELEASES, test: 'that is done here is refused there' },
  },
  {
    name: 'pending-holds',
    description: 'a switch to layout 2 that is only pending is taken for one that holds',
    patches: [{ file: 'libs/state/src/layout/switch-layout.lua', find: `ARGV[2] == '0' or`, replace: 'true or' }],
    detectedBy: { spec: LAYOUTS, test: 'that is only pending does not keep back' },
  },
  {
    name: 'read-needs-copy',
    description: 'a counter that layout 2 has no copy of cannot be read while Redis refuses writes',
    patches: [
      {
        file: 'libs/state/src/layout/redis-spread-records.ts',
        find: 'if (script.frozen === undefined || !isRefusal(error)) throw error;',
        replace: 'if (script.frozen === undefined || error) throw error;',
      },
    ],
    detectedBy: {
      spec: 'libs/state/src/layout/redis-spread-records.spec.ts',
      test: 'reads what layout 1 has where the copy is refused',
    },
  },
  {
    name: 'long-uncounted',
    description: 'a long response does not count against the memory that is known to be left',
    patches: [
      {
        file: `${IDEMPOTENCY}/redis-idempotency.ts`,
        find: 'Math.max(0, Buffer.byteLength(encoded) - RECORD_BYTES)',
        replace: '0',
      },
    ],
    detectedBy: {
      spec: 'libs/state/test/idempotency-memory.integration.spec.ts',
      test: 'counts long responses as they are stored',
    },
  },
  {
    name: 'values-fill-memory',
    description: 'values of callers without a session are taken until Redis is full',
    patches: [
      {
        file: 'libs/state/src/values/redis-values.ts',
        find: 'options.ifRoom === true ? SPARED_FROM_SHARE : Infinity',
        replace: 'Infinity',
      },
    ],
    detectedBy: {
      spec: 'libs/state/test/value-memory.integration.spec.ts',
      test: 'is bounded where they ask for room',
    },
  },
  {
    name: 'refused-value-costs',
    description: 'a value that is refused takes from the quota of callers without a session',
    patches: [
      {
        file: 'apps/api/src/caller/anonymous-quota.ts',
        find: 'if (isNothingDone(error)) await',
        replace: 'if (false) await',
      },
    ],
    detectedBy: {
      spec: 'apps/api/test/anonymous-values.integration.spec.ts',
      test: 'cost nothing of the quota where they are refused',
    },
  },
  {
    name: 'guest-counters-stay',
    description: 'a counter of a caller without a session stays for good',
    patches: [
      {
        file: 'libs/state/src/counters/add.lua',
        find: "elseif not before and ARGV[3] ~= 'stays' then",
        replace: 'elseif false then',
      },
    ],
    detectedBy: {
      spec: 'apps/api/test/anonymous-counters.integration.spec.ts',
      test: 'live as long as values do',
    },
  },
  {
    name: 'guest-keys-uncounted',
    description: 'idempotency keys of callers without a session take nothing from their quota',
    patches: [
      {
        file: 'apps/api/src/idempotency/anonymous-keys.ts',
        find: 'return this.quota.take(request, KEY_BYTES, KEY_LIVES_MS);',
        replace: 'return nothing;',
      },
    ],
    detectedBy: {
      spec: 'apps/api/test/anonymous-keys.integration.spec.ts',
      test: 'take from the quota of their address when they are new',
    },
  },
  {
    name: 'unkept-key-costs',
    description: 'a key of a request that was not done takes from the quota of callers without a session',
    patches: [
      {
        file: 'apps/api/src/idempotency/install-idempotency.ts',
        find: 'if (!isKept) await refund()',
        replace: 'if (!isKept && false) await refund()',
      },
    ],
    detectedBy: {
      spec: 'apps/api/test/anonymous-keys.integration.spec.ts',
      test: 'take nothing where nothing was done',
    },
  },
  {
    name: 'learned-by-requests',
    description:
      'a replica that has just started learns by its first requests, one after the other, which layout holds',
    patches: [
      {
        file: 'libs/state/src/layout/redis-spread-records.ts',
        find: 'if (sinceMs === undefined) movedSince(await',
        replace: 'if (sinceMs === undefined) void (await',
      },
    ],
    detectedBy: {
      spec: 'libs/state/src/layout/redis-spread-records.spec.ts',
      test: 'learns that layout 2 holds before there is work',
    },
  },
  {
    name: 'reconnects-together',
    description: 'each client of a process comes back by itself to a Redis that refuses them all',
    patches: [
      {
        file: 'libs/redis/src/handshake.ts',
        find: 'return gate.delayMs(reconnecting, Math.max(delayMs, restMs));',
        replace: 'return Math.max(delayMs, restMs);',
      },
    ],
    detectedBy: {
      spec: 'libs/redis/test/handshake.integration.spec.ts',
      test: 'is tried again a second later at the earliest, by one of all clients',
    },
  },
  {
    name: 'long-answer-late',
    description: 'one long answer closes Redis for everybody whose answers wait behind it',
    patches: [
      {
        file: 'libs/redis/src/connection.ts',
        find: ' && !isLongAnswer(heard, { bytes, chunks })',
        replace: '',
      },
    ],
    detectedBy: {
      spec: 'libs/redis/test/long-answer.integration.spec.ts',
      test: 'opens no breaker with one long answer',
    },
  },
  {
    name: 'write-per-command',
    description: 'each command is a write of its own, and so is each part of the handshake',
    patches: [{ file: 'libs/redis/src/one-write.ts', find: '    socket.cork();\n', replace: '' }],
    detectedBy: { spec: 'libs/redis/src/one-write.spec.ts', test: 'sends what one turn gives by one write' },
  },
  {
    name: 'low-for-ever',
    description: 'memory stays low when nothing can be seen of it any more',
    patches: [{ file: 'libs/redis/src/memory-watch.ts', find: '> STALE_AFTER_MS) this', replace: '< 0) this' }],
    detectedBy: { spec: 'libs/redis/src/memory-watch.spec.ts', test: 'once nothing was seen of it for a while' },
  },
];
