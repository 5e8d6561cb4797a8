import { luaScript, outsideBudget } from '@nestfleet/redis';
import type { StateKeys } from '../keys.ts';
import { LUA } from '../lua.generated.ts';
import { IDEMPOTENT, type RedisCommands } from '../redis-commands.ts';
import { LEASE_MAX_MS, type LeaseStore } from './lease-store.ts';

const takeScript = luaScript('take-lease', LUA['take-lease']);
const renewScript = luaScript('renew-lease', LUA['renew-lease']);
const releaseScript = luaScript('release-lease', LUA['release-lease']);

/**
 * Renewals, the release and attempts after the first are outside of the caller's budget for Redis: a request that used its
 * budget up would else lose its lease, or leave it behind.
 */
export function redisLeaseStore(commands: RedisCommands, keys: StateKeys): LeaseStore {
  return {
    async take(name, owner, ttlMs, attempt) {
      const ask = () => commands.script(takeScript, [keys.lease(name), keys.fence()], [owner, ttlMs, LEASE_MAX_MS]);
      const reply = await (attempt === 1 ? ask() : outsideBudget(ask));
      const [taken, number] = reply as [number, number];
      return taken === 1 ? { fencingToken: number } : { heldForMs: number };
    },
    async renew(name, owner, ttlMs) {
      const renewed = outsideBudget(() => commands.script(renewScript, [keys.lease(name)], [owner, ttlMs], IDEMPOTENT));
      return (await renewed) === 1;
    },
    async release(name, owner) {
      const released = outsideBudget(() => commands.script(releaseScript, [keys.lease(name)], [owner], IDEMPOTENT));
      return (await released) === 1;
    },
  };
}
