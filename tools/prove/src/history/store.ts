import type { FleetDriver } from '../driver/fleet-driver.ts';
import { nowMs } from '../load/workers.ts';

/** All keys of a store at one moment. */
export interface KeysAt {
  readonly atMs: number;
  readonly keys: readonly {
    readonly key: string;
    /** Milliseconds that it has left; -1 for one that never goes away. */
    readonly leftMs: number;
  }[];
}

/** One script, so that what it sees is one moment: a key without an expiry in it was so for other clients too. */
const LOOK = `
local found, cursor = {}, '0'
repeat
  local page = redis.call('SCAN', cursor, 'COUNT', 1000)
  cursor = page[1]
  for _, key in ipairs(page[2]) do
    found[#found + 1] = { key, redis.call('PTTL', key) }
  end
until cursor == '0'
return cjson.encode(found)`;

const FORGET = `
local gone, cursor = 0, '0'
repeat
  local page = redis.call('SCAN', cursor, 'MATCH', ARGV[1], 'COUNT', 1000)
  cursor = page[1]
  for _, key in ipairs(page[2]) do
    gone = gone + redis.call('DEL', key)
  end
until cursor == '0'
return gone`;

/** All keys of the fleet's Redis and their time left, at one moment. */
export async function lookAtKeys(driver: Pick<FleetDriver, 'redis'>): Promise<KeysAt> {
  const atMs = nowMs();
  const found = JSON.parse(String(await driver.redis('EVAL', LOOK, '0'))) as [string, number][];
  return { atMs, keys: found.map(([key, leftMs]) => ({ key, leftMs })) };
}

/** As if the session of this cookie had expired. @throws when there is none */
export async function forgetSession(driver: Pick<FleetDriver, 'redis'>, cookie: string): Promise<void> {
  const [id = ''] = decodeURIComponent(cookie).split('.');
  const gone = Number(await driver.redis('EVAL', FORGET, '0', `*:session:${globLiteral(id)}`));
  if (gone !== 1) throw new Error(`${gone} keys in place of one belong to a session`);
}

const globLiteral = (text: string): string => text.replace(/[\\[\]*?^-]/g, '\\$&');
