import { luaScript } from '@nestfleet/redis';
import { StateError } from '../errors.ts';
import type { StateKeys } from '../keys.ts';
import { LUA } from '../lua.generated.ts';
import { IDEMPOTENT, type RedisCommands } from '../redis-commands.ts';
import { changeSession } from './change-session.ts';
import { type FieldChanges, decodeFields, encodeFields } from './session-fields.ts';
import { isSessionId, newSessionId, publicSessionId } from './session-id.ts';
import type { Session, Sessions } from './sessions.ts';

const openScript = luaScript('open-session', LUA['open-session']);
const findScript = luaScript('find-session', LUA['find-session']);
const visitScript = luaScript('visit-session', LUA['visit-session']);
const changeScript = luaScript('change-session', LUA['change-session']);

/** Two equal ids in a row are no chance but a broken source of random bytes. */
const OPEN_ATTEMPTS = 2;
/** Keeps the fields of the data apart from those of the record. */
const DATA = 'd:';

export interface RedisSessionsParts {
  readonly commands: RedisCommands;
  readonly keys: StateKeys;
  readonly ttlMs: number;
  readonly random: (bytes: number) => Buffer;
}

export function redisSessions({ commands, keys, ttlMs, random }: RedisSessionsParts): Sessions {
  const sessions: Sessions = {
    async open(data = {}) {
      const fields = encodeFields(data);
      const pairs = [...fields].flatMap(([name, text]) => [DATA + name, text]);
      for (let attempt = 1; attempt <= OPEN_ATTEMPTS; attempt += 1) {
        const id = newSessionId(random);
        // A session that was opened without our knowing is nobody's and expires: opening again harms nothing.
        const created = await commands.script(openScript, [keys.session(id)], [ttlMs, ...pairs], IDEMPOTENT);
        if (created === null) continue;
        const counts = { count: 0, version: 1, createdAtMs: Number(created) };
        return { id, publicId: publicSessionId(id), data: decodeFields(fields), ...counts, ttlMs };
      }
      throw new StateError('state_unavailable', 'the source of random bytes repeats itself');
    },
    async find(id) {
      if (!isSessionId(id)) return undefined;
      const reply = await commands.script(findScript, [keys.session(id)], [], IDEMPOTENT);
      return reply === null ? undefined : sessionOf(id, reply as [number, ...string[]]);
    },
    async touch(id) {
      if (!isSessionId(id)) return false;
      return (await commands.run((redis) => redis.pexpire(keys.session(id), ttlMs), IDEMPOTENT)) === 1;
    },
    async visit(id) {
      if (!isSessionId(id)) return undefined;
      const count = await commands.script(visitScript, [keys.session(id)], [ttlMs]);
      return count === null ? undefined : Number(count);
    },
    change: (id, edit, options) =>
      changeSession(
        { read: () => sessions.find(id), write: (version, changes) => write(id, version, changes) },
        edit,
        options,
      ),
    async end(id) {
      if (!isSessionId(id)) return false;
      return (await commands.run((redis) => redis.del(keys.session(id)), IDEMPOTENT)) === 1;
    },
  };

  async function write(id: string, expected: number, { removed, set }: FieldChanges) {
    const names = removed.map((name) => DATA + name);
    const pairs = set.flatMap(([name, text]) => [DATA + name, text]);
    const args = [expected, ttlMs, names.length, ...names, ...pairs];
    const reply = await commands.script(changeScript, [keys.session(id)], args);
    if (reply === null) return undefined;
    const [stored, version, count, leftMs] = reply as [number, number, number, number];
    return { stored: stored === 1, version, count, ttlMs: leftMs };
  }

  return sessions;
}

function sessionOf(id: string, [ttlMs, ...flat]: [number, ...string[]]): Session {
  const record = new Map<string, string>();
  const data = new Map<string, string>();
  for (let at = 0; at < flat.length; at += 2) {
    const [field = '', text = ''] = flat.slice(at, at + 2);
    if (field.startsWith(DATA)) data.set(field.slice(DATA.length), text);
    else record.set(field, text);
  }
  return {
    id,
    publicId: publicSessionId(id),
    data: decodeFields(data),
    count: Number(record.get('count')),
    version: Number(record.get('version')),
    createdAtMs: Number(record.get('created')),
    ttlMs,
  };
}
