import { luaScript, type RunOptions } from '@nestfleet/redis';
import type { StateKeys } from '../keys.ts';
import { LUA } from '../lua.generated.ts';
import { requireIdempotencyToken } from '../idempotency-token.ts';
import { IDEMPOTENT, type RedisCommands } from '../redis-commands.ts';
import { requirePrecondition, spelt } from '../values/precondition.ts';
import { type Written, changeSession, conflict } from './change-session.ts';
import {
  BYTES_MAX,
  FIELDS_MAX,
  type FieldChanges,
  type SessionFields,
  decodeFields,
  encodeFields,
  fieldWrites,
  requireBounds,
} from './session-fields.ts';
import {
  ID_ATTEMPTS,
  type Random,
  badRandom,
  isSessionId,
  neighbourSessionId,
  newSessionId,
  publicSessionId,
  requireSessionId,
} from './session-id.ts';
import { ROTATE_TOKEN_TTL_MS, type Session, type SessionData, type Sessions, type SetOptions } from './sessions.ts';

const openScript = luaScript('open-session', LUA['open-session']);
const findScript = luaScript('find-session', LUA['find-session']);
const touchScript = luaScript('touch-session', LUA['touch-session']);
const visitScript = luaScript('visit-session', LUA['visit-session']);
const setScript = luaScript('set-session-fields', LUA['set-session-fields']);
const changeScript = luaScript('change-session', LUA['change-session']);
const rotateScript = luaScript('rotate-session', LUA['rotate-session']);
const endScript = luaScript('end-session', LUA['end-session']);

/** Keeps the fields of the data apart from those of the record. */
const DATA = 'd:';

/** Data as a script takes it: field, value, field, value … */
const pairsOf = (fields: SessionFields | Iterable<readonly [string, string]>): string[] =>
  [...fields].flatMap(([name, text]) => [DATA + name, text]);

/** The reply of a script that answers a whole session. */
type RecordReply = readonly [ttlMs: number, endsInMs: number, flat: readonly string[]];

const NOTHING: RecordReply = [0, 0, []];

export interface RedisSessionsParts {
  readonly commands: RedisCommands;
  readonly keys: StateKeys;
  readonly ttlMs: number;
  readonly maxMs: number;
  readonly random: Random;
}

export function redisSessions({ commands, keys, ttlMs, maxMs, random }: RedisSessionsParts): Sessions {
  const sessions: Sessions = {
    async open(data = {}, { visits = 0 } = {}) {
      const fields = encodeFields(data);
      for (let attempt = 1; attempt <= ID_ATTEMPTS; attempt += 1) {
        // A session that was opened without our knowing is nobody's and expires: opening again harms nothing.
        const opened = await openUnder(newSessionId(random), fields, visits, IDEMPOTENT);
        if (opened !== undefined) return opened;
      }
      throw badRandom();
    },
    openAs: async (id, data = {}, { visits = 0 } = {}) => openUnder(requireSessionId(id), encodeFields(data), visits),
    async find(id) {
      if (!isSessionId(id)) return undefined;
      const reply = await commands.script(findScript, [keys.session(id)], [], IDEMPOTENT);
      return reply === null ? undefined : sessionOf(id, reply as RecordReply);
    },
    async touch(id) {
      if (!isSessionId(id)) return false;
      return (await commands.script(touchScript, [keys.session(id)], [ttlMs], IDEMPOTENT)) === 1;
    },
    async visit(id) {
      if (!isSessionId(id)) return undefined;
      const count = await commands.script(visitScript, [keys.session(id)], [ttlMs]);
      return count === null ? undefined : Number(count);
    },
    async set(id, fields, options) {
      const session = await setFields(id, fields, options, 1);
      return session && sessionOf(id, session);
    },
    patch: async (id, fields, options) => (await setFields(id, fields, options, 0)) !== undefined,
    change: (id, edit, options) =>
      changeSession(
        { read: () => sessions.find(id), write: (version, changes) => write(id, version, changes) },
        edit,
        options,
      ),
    async rotate(id, { idempotencyToken } = {}) {
      const token = idempotencyToken === undefined ? '' : requireIdempotencyToken(idempotencyToken);
      if (!isSessionId(id)) return undefined;
      for (let attempt = 1; attempt <= ID_ATTEMPTS; attempt += 1) {
        const next = neighbourSessionId(random, id);
        const both = [keys.session(id), keys.session(next)];
        const args = [ttlMs, publicSessionId(id), next, token, ROTATE_TOKEN_TTL_MS];
        const reply = await commands.script(rotateScript, both, args);
        if (reply === null) return undefined;
        if (typeof reply === 'string') return sessions.find(reply);
        if (reply !== 0) return sessionOf(next, reply as RecordReply);
      }
      throw badRandom();
    },
    async end(id, options = {}) {
      const { only, never } = requirePrecondition(options);
      if (!isSessionId(id)) return false;
      const args = [ttlMs, spelt(only), spelt(never)];
      const reply = await commands.script(endScript, [keys.session(id)], args, IDEMPOTENT);
      if (reply === null) return false;
      const [ended, version] = reply as [number, number];
      if (ended === 0) throw conflict(version);
      return true;
    },
  };

  async function openUnder(
    id: string,
    fields: SessionFields,
    visits: number,
    options?: RunOptions,
  ): Promise<Session | undefined> {
    const args = [ttlMs, maxMs, visits, ...pairsOf(fields)];
    const opened = await commands.script(openScript, [keys.session(id)], args, options);
    if (opened === null) return undefined;
    const [createdAtMs, version] = opened as [number, number];
    const publicId = publicSessionId(id);
    const counts = { count: visits, version, createdAtMs };
    const ends = { ttlMs: Math.min(ttlMs, maxMs), endsInMs: maxMs };
    return { id, publicId, originId: publicId, data: decodeFields(fields), ...counts, ...ends };
  }

  /** @returns undefined without a session, and what the script answers of one: nothing unless it is asked for */
  async function setFields(
    id: string,
    fields: SessionData,
    { remove = [] }: SetOptions = {},
    isAskedFor: 1 | 0,
  ): Promise<RecordReply | undefined> {
    const { removed, set } = fieldWrites(fields, remove);
    if (!isSessionId(id)) return undefined;
    const names = removed.map((name) => DATA + name);
    const args = [ttlMs, DATA, FIELDS_MAX, BYTES_MAX, isAskedFor, names.length, ...names, ...pairsOf(set)];
    const reply = await commands.script(setScript, [keys.session(id)], args);
    if (reply === null) return undefined;
    const [stored, ...rest] = reply as [1, RecordReply?] | [0, number, number];
    if (stored === 1) return (rest[0] as RecordReply | undefined) ?? NOTHING;
    requireBounds(Number(rest[0]), Number(rest[1]));
    return undefined;
  }

  async function write(id: string, expected: number, { removed, set }: FieldChanges): Promise<Written | undefined> {
    const names = removed.map((name) => DATA + name);
    const args = [expected, ttlMs, names.length, ...names, ...pairsOf(set)];
    const reply = await commands.script(changeScript, [keys.session(id)], args);
    if (reply === null) return undefined;
    const [stored, version, count, leftMs, endsInMs] = reply as [number, number, number, number, number];
    return { stored: stored === 1, version, count, ttlMs: leftMs, endsInMs };
  }

  return sessions;
}

function sessionOf(id: string, [ttlMs, endsInMs, flat]: RecordReply): Session {
  const record = new Map<string, string>();
  const data = new Map<string, string>();
  for (let at = 0; at < flat.length; at += 2) {
    const field = flat[at] ?? '';
    const text = flat[at + 1] ?? '';
    if (field.startsWith(DATA)) data.set(field.slice(DATA.length), text);
    else record.set(field, text);
  }
  return {
    id,
    // Hashes, which not everybody asks for who reads a session.
    get publicId() {
      return publicSessionId(id);
    },
    get originId() {
      return record.get('origin') ?? publicSessionId(id);
    },
    data: decodeFields(data),
    count: Number(record.get('count')),
    version: Number(record.get('version')),
    createdAtMs: Number(record.get('created')),
    ttlMs,
    endsInMs,
  };
}
