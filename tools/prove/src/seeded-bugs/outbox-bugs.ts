import type { SuiteBug } from './suite-bug.ts';

/** What the outbox promises. */
export const outboxBugs: readonly SuiteBug[] = [
  {
    name: 'id-per-attempt',
    description: 'a message that is sent again has another id, so that its receiver takes it for a new one',
    patches: [
      {
        file: 'libs/outbox/src/deliver.ts',
        find: 'send({ ...about,',
        replace: 'send({ ...about, id: `${about.id}-${about.failures}`,',
      },
    ],
    detectedBy: {
      spec: 'libs/outbox/src/relay.spec.ts',
      test: 'sends again what could not be sent, under the same id',
    },
  },
  {
    name: 'maps-become-empty',
    description: 'of a payload is kept what JSON makes of it: a map, a set or an error is an empty object',
    patches: [{ file: 'libs/outbox/src/new-row.ts', find: 'jsonText(payload)', replace: 'JSON.stringify(payload)' }],
    detectedBy: { spec: 'libs/outbox/src/new-row.spec.ts', test: 'refuses a map, which would be an empty object' },
  },
  {
    name: 'lease-outlived',
    description: 'a relay that stood still sends rows that are another one’s meanwhile',
    patches: [
      {
        file: 'libs/outbox/src/deliver.ts',
        find: 'performance.now() + sendTimeoutMs > leaseEndsMs',
        replace: 'performance.now() > Infinity',
      },
    ],
    detectedBy: { spec: 'libs/outbox/src/deliver.spec.ts', test: 'sends nothing when the lease may end' },
  },
  {
    name: 'uncommitted-sent',
    description: 'the relay works on the connection of a transaction, and sends what has not been committed',
    patches: [
      {
        file: 'libs/outbox/src/sqlite/sqlite-outbox.ts',
        find: 'if (!db.isTransaction) return db;',
        replace: 'if (db.isOpen) return db;',
      },
    ],
    detectedBy: {
      spec: 'libs/outbox/src/sqlite/sqlite-outbox.spec.ts',
      test: 'gives a relay nothing on the connection of a transaction',
    },
  },
  {
    name: 'key-overtaken',
    description: 'a row is sent although the one before it of its key waits for its next attempt',
    patches: [
      {
        file: 'libs/outbox/src/table.ts',
        find: 'e.ordering_key = o.ordering_key AND e.sent_at IS NULL',
        replace: 'e.ordering_key = o.ordering_key AND e.sent_at IS NULL AND e.failures = 0',
      },
    ],
    detectedBy: { spec: 'libs/outbox/src/relay.spec.ts', test: 'keeps the order of a key over failures' },
  },
  {
    name: 'claim-waits-for-ever',
    description: 'a relay that asks on a connection which is silent never asks again',
    patches: [
      {
        file: 'libs/outbox/src/relay-loop.ts',
        find: 'await withDeadline(store.claim({ token, limit, leaseMs, backOffMaxMs: backOff.capMs }), leaseMs)',
        replace: 'await store.claim({ token, limit, leaseMs, backOffMaxMs: backOff.capMs })',
      },
    ],
    detectedBy: { spec: 'libs/outbox/src/relay.spec.ts', test: 'asks again where its table was silent' },
  },
  {
    name: 'deletion-waited-for',
    description: 'a relay sends nothing while what was sent long ago is deleted',
    patches: [
      {
        file: 'libs/outbox/src/relay-loop.ts',
        find: 'this.sweeping ??= this.sweep().finally(',
        replace: 'await this.sweep().finally(',
      },
    ],
    detectedBy: { spec: 'libs/outbox/src/relay.spec.ts', test: 'sends on while a deletion of what was sent' },
  },
  {
    name: 'lease-of-a-clock-ahead',
    description: 'a row that a dead relay claimed before the clock was set back waits for as long as that',
    patches: [
      {
        file: 'libs/outbox/src/sqlite/sqlite-outbox.ts',
        find: 'nowMs + leaseMs + CLOCK_SLACK_MS]',
        replace: 'Infinity]',
      },
    ],
    detectedBy: {
      spec: 'libs/outbox/src/sqlite/sqlite-outbox.spec.ts',
      test: 'gives a row out whose lease would last longer than any',
    },
  },
];
