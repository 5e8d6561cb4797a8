import type { SuiteBug } from './suite-bug.ts';

const STORE = 'libs/state/src/session-store';
const THROTTLER = 'libs/state/src/throttler/throttler-storage.ts';
const SESSIONS = 'libs/state/test/session-store.integration.spec.ts';
const THROTTLING = 'libs/state/test/throttler-storage.integration.spec.ts';

/** What the session stores and the throttler storage promise to the libraries that use them. */
export const sessionStoreBugs: readonly SuiteBug[] = [
  {
    name: 'whole-session-saved',
    description: 'a save writes the fields that its request only read, and so those that others changed',
    patches: [
      {
        file: `${STORE}/read-fields.ts`,
        find: 'remove: [...before.keys()].filter((name) => !after.has(name)),',
        replace: 'remove: [],',
      },
      {
        file: `${STORE}/read-fields.ts`,
        find: '[...after].filter(([name, text]) => before.get(name) !== text)',
        replace: '[...after]',
      },
    ],
    detectedBy: { spec: SESSIONS, test: 'express keeps the fields of requests that read the same session' },
  },
  {
    name: 'session-map-emptied',
    description: 'a map in a session is stored as an empty object, and nobody is told',
    patches: [
      { file: `${STORE}/read-fields.ts`, find: 'return jsonText(Reflect', replace: 'return JSON.stringify(Reflect' },
    ],
    detectedBy: { spec: `${STORE}/session-store.spec.ts`, test: 'refuses a map, which would be an empty object' },
  },
  {
    name: 'saved-session-read',
    description: 'a save asks for the whole session that it has',
    patches: [
      {
        file: `${STORE}/session-records.ts`,
        find: 'this.sessions.patch(id, changes.set',
        replace: 'this.sessions.set(id, changes.set',
      },
    ],
    detectedBy: { spec: `${STORE}/session-store.spec.ts`, test: 'asks for no session that it saves' },
  },
  {
    name: 'counts-overwritten',
    description: 'of a field with a rule what the request made of it is stored, whatever is there',
    patches: [
      {
        file: `${STORE}/merge.ts`,
        find: 'Number(stored ?? 0) + Number(mine ?? 0) - Number(read ?? 0)',
        replace: 'Number(mine ?? 0) + 0 * Number(stored ?? read)',
      },
    ],
    detectedBy: { spec: SESSIONS, test: 'express counts all of 40 requests at once' },
  },
  {
    name: 'late-save-reopens',
    description: 'a session that is destroyed leaves nothing, and a save that comes late opens it again',
    patches: [
      {
        file: `${STORE}/session-records.ts`,
        find: 'if (read === undefined) await',
        replace: 'if (read !== null) await',
      },
      {
        file: 'libs/state/src/sessions/end-session.lua',
        find: "redis.call('HSET', KEYS[1], 'ended', now)\n",
        replace: '',
      },
      {
        file: 'libs/state/src/sessions/end-session.lua',
        find: "redis.call('PEXPIREAT', KEYS[1], now + ARGV[1])\n",
        replace: '',
      },
    ],
    detectedBy: { spec: SESSIONS, test: 'express a sign-out is final, whatever is saved late' },
  },
  {
    name: 'answered-before-saved',
    description: 'a handler is answered before its session is saved, so that a save that fails is a 200 with a cookie',
    patches: [
      { file: `${STORE}/save-session.ts`, find: 'if (!hasChanged(session))', replace: 'if (hasChanged(session))' },
    ],
    detectedBy: { spec: SESSIONS, test: 'express answers 503 without a cookie while Redis is away' },
  },
  {
    name: 'session-id-stored',
    description: 'Redis has the ids of sessions, of which whoever reads it makes cookies',
    patches: [
      {
        file: `${STORE}/read-fields.ts`,
        find: "hash('sha256', sessionId, 'base64url').slice(0, ID_LENGTH)",
        replace: 'sessionId.slice(0, ID_LENGTH)',
      },
    ],
    detectedBy: { spec: SESSIONS, test: 'express keeps no id in Redis that a cookie could be made from' },
  },
  {
    name: 'limit-per-replica',
    description: 'each replica counts for itself',
    patches: [
      { file: THROTTLER, find: '[throttlerName, key]', replace: '[throttlerName, key, replica]' },
      {
        file: THROTTLER,
        find: '  async function count(',
        replace: '  const replica = Math.random();\n  async function count(',
      },
    ],
    detectedBy: { spec: THROTTLING, test: 'express allows 5 of 20 at once' },
  },
  {
    name: 'refusals-unbounded',
    description: 'a request that cannot be counted is allowed where the app refuses it',
    patches: [{ file: THROTTLER, find: "whenUnavailable === 'refuse' || ", replace: '' }],
    detectedBy: { spec: THROTTLING, test: 'express refuses what it cannot count while Redis is away' },
  },
  {
    name: 'block-forgotten',
    description: 'a block of a throttler lasts as long as its window',
    patches: [
      { file: THROTTLER, find: 'const blocks = blockDuration > ttl;', replace: 'const blocks = blockDuration < 0;' },
    ],
    detectedBy: { spec: THROTTLING, test: 'express blocks for a block duration' },
  },
];
