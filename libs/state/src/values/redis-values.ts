import { luaScript } from '@nestfleet/redis';
import { StateError } from '../errors.ts';
import type { StateKeys } from '../keys.ts';
import { LUA } from '../lua.generated.ts';
import { SPARED_FROM_SHARE } from '../memory-share.ts';
import { IDEMPOTENT, type RedisCommands } from '../redis-commands.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { requirePrecondition, spelt, versionConflict } from './precondition.ts';
import { requireList, requireTtl, requireValue } from './requests.ts';
import type { Values } from './values.ts';

const getScript = luaScript('get-value', LUA['get-value']);
const putScript = luaScript('put-value', LUA['put-value']);
const removeScript = luaScript('remove-value', LUA['remove-value']);

/** Keys that Redis looks at in one step, and steps of one page: sessions and jobs are looked at too, so a page is bounded. */
const SCAN_STEP_KEYS = 500;
const SCAN_STEPS_MAX = 10;
/** What Redis needs for a value beside its key and text. */
const OVERHEAD_BYTES = 128;

export function redisValues(commands: RedisCommands, keys: StateKeys): Values {
  return {
    async get(key) {
      const reply = await commands.script(getScript, [keys.value(key)], [], IDEMPOTENT);
      if (reply === null) return undefined;
      const [value, version, leftMs] = reply as [string, number, number];
      return { key, value, version, ttlMs: leftMs < 0 ? null : leftMs };
    },
    async put(key, value, options = {}) {
      const ttlMs = requireTtl(options.ttlMs);
      const { only, never } = requirePrecondition(options);
      const args = [requireValue(value), ttlMs ?? 0, spelt(only), spelt(never)];
      const place = keys.value(key);
      // What stays counts too, so that nothing that may be refused is taken behind many that are long.
      const bytes = place.length + Buffer.byteLength(value) + OVERHEAD_BYTES;
      if (!commands.hasRoom(place, bytes, options.ifRoom === true ? SPARED_FROM_SHARE : Infinity))
        throw new StateError('state_memory_low', 'the memory of Redis is low: this value is not taken');
      const reply = await commands.script(putScript, [place, keys.valueVersion()], args);
      const [stored, version, created] = reply as [number, number, number];
      if (stored === 0) throw versionConflict(key, version);
      return { key, value, version, ttlMs: ttlMs ?? null, created: created === 1 };
    },
    async remove(key, precondition = {}) {
      const { only, never } = requirePrecondition(precondition);
      const reply = await commands.script(removeScript, [keys.value(key)], [spelt(only), spelt(never)]);
      const [removed, version] = reply as [number, number];
      if (removed === 0 && version !== 0) throw versionConflict(key, version);
      return removed === 1;
    },
    async list(options = {}) {
      const { prefix, limit } = requireList(options);
      const pattern = `${globLiteral(keys.valuePrefix + prefix)}*`;
      const found = new Set<string>();
      let place = decodeCursor(options.cursor);
      for (let step = 1; step <= SCAN_STEPS_MAX; step += 1) {
        const count = Math.min(SCAN_STEP_KEYS, Math.max(10, limit - found.size));
        const [next, batch] = await commands.runAt(
          keys.valuePrefix,
          (redis) => redis.scan(place, 'MATCH', pattern, 'COUNT', count),
          IDEMPOTENT,
        );
        for (const key of batch) found.add(key.slice(keys.valuePrefix.length));
        place = next;
        if (place === '0' || found.size >= limit) break;
      }
      return { keys: [...found], ...(place === '0' ? {} : { nextCursor: encodeCursor(place) }) };
    },
  };
}

/** The text without meaning for Redis' glob patterns. */
export function globLiteral(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&');
}
