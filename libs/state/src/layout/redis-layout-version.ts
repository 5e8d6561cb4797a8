import { luaScript } from '@nestfleet/redis';
import { pause } from '@nestfleet/timing';
import { StateError } from '../errors.ts';
import type { StateKeys } from '../keys.ts';
import { LUA } from '../lua.generated.ts';
import { isUnavailable } from '../pending-releases.ts';
import { IDEMPOTENT, type RedisCommands } from '../redis-commands.ts';

/**
 * LAYOUT_WRITTEN is the version of the keys and what is in them that this release writes unless told, LAYOUT_NEWEST the newest
 * that it reads. A new layout comes in two releases: one reads it and writes the one before, the next one writes it and reads
 * the one before. So two releases in a row run side by side, in either direction.
 */
export const LAYOUT_WRITTEN = 1;
export const LAYOUT_NEWEST = 2;

const raiseScript = luaScript('raise-layout', LUA['raise-layout']);
const AGAIN_AFTER_MS = 250;

export interface LayoutParts {
  readonly commands: RedisCommands;
  readonly keys: StateKeys;
  readonly version: number;
  readonly closed: AbortSignal;
}

/**
 * claimLayout writes down that this version is written, once per namespace, and resolves when the namespace can be read. For
 * as long as the store does not say it waits. Rejects with `state_layout_newer` where a newer release has written what this one
 * cannot read: no time heals that.
 */
export async function claimLayout({ commands, keys, version, closed }: LayoutParts): Promise<void> {
  const key = keys.layout();
  for (;;) {
    try {
      const found = Number((await commands.run((redis) => redis.get(key), { ...IDEMPOTENT, key })) ?? 0);
      requireReadable(
        found >= version ? found : Number(await commands.script(raiseScript, [key], [version], IDEMPOTENT)),
      );
      return;
    } catch (error) {
      // What refuses writes may be read: it is known by now that nothing newer is there.
      if (error instanceof StateError && error.code === 'state_writes_refused') return;
      if (!isUnavailable(error) || closed.aborted) throw error;
      await pause(AGAIN_AFTER_MS, closed);
    }
  }
}

function requireReadable(found: number): void {
  if (found <= LAYOUT_NEWEST) return;
  throw new StateError(
    'state_layout_newer',
    `the store has layout ${found}, which a newer release writes; this one reads up to layout ${LAYOUT_NEWEST}`,
  );
}

/** The version itself, or StateError `invalid_layout`. */
export function requireLayout(version: number): number {
  if (version === LAYOUT_WRITTEN || version === LAYOUT_NEWEST) return version;
  throw new StateError('invalid_layout', `a layout to write is ${LAYOUT_WRITTEN} or ${LAYOUT_NEWEST}, not ${version}`);
}
