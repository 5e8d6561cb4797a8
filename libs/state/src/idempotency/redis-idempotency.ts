import { luaScript, outsideBudget } from '@nestfleet/redis';
import { StateError } from '../errors.ts';
import type { StateKeys } from '../keys.ts';
import { LUA } from '../lua.generated.ts';
import { type OwedReleases, isAway } from '../owed-releases.ts';
import { IDEMPOTENT, type RedisCommands } from '../redis-commands.ts';
import { type Begun, IN_FLIGHT_MS, type Idempotency, type IdempotencyToken, KEPT_MS } from './idempotency.ts';
import { decodeResponse, encodeResponse, requireScope } from './requests.ts';

const beginScript = luaScript('begin-idempotent', LUA['begin-idempotent']);
const finishScript = luaScript('finish-idempotent', LUA['finish-idempotent']);
const abandonScript = luaScript('abandon-idempotent', LUA['abandon-idempotent']);

const OWNER_BYTES = 12;

export interface RedisIdempotencyParts {
  readonly commands: RedisCommands;
  readonly keys: StateKeys;
  readonly random: (bytes: number) => Buffer;
  readonly owed: OwedReleases;
}

export function redisIdempotency({ commands, keys, random, owed }: RedisIdempotencyParts): Idempotency {
  async function taken(token: IdempotencyToken): Promise<unknown> {
    const { scopeKey, fingerprint, owner } = token;
    try {
      return await commands.script(beginScript, [keys.idempotency(scopeKey)], [fingerprint, owner, IN_FLIGHT_MS]);
    } catch (error) {
      if (!(error instanceof StateError) || error.code !== 'state_outcome_unknown') throw error;
      // It may be taken without our knowing. Nothing was done for it, so who tries again need not wait for its end.
      oweFree(token);
      throw new StateError('state_unavailable', error.message, { cause: error });
    }
  }

  const free: Idempotency['abandon'] = async ({ scopeKey, owner }) =>
    (await commands.script(abandonScript, [keys.idempotency(scopeKey)], [owner], IDEMPOTENT)) === 1;

  const oweFree = (token: IdempotencyToken): void => owed.owe(() => outsideBudget(() => free(token)));

  return {
    async abandon(token) {
      try {
        return await free(token);
      } catch (error) {
        if (isAway(error)) oweFree(token);
        throw error;
      }
    },
    async begin(scopeKey, fingerprint) {
      requireScope(scopeKey, fingerprint);
      const token = { scopeKey, fingerprint, owner: random(OWNER_BYTES).toString('base64url') };
      return begunOf(token, (await taken(token)) as [Begun['kind'], (string | number)?]);
    },
    async finish({ scopeKey, fingerprint, owner }, response) {
      const args = [fingerprint, owner, KEPT_MS, encodeResponse(response)];
      return (await commands.script(finishScript, [keys.idempotency(scopeKey)], args, IDEMPOTENT)) === 1;
    },
  };
}

function begunOf(token: IdempotencyToken, [kind, more]: readonly [Begun['kind'], (string | number)?]): Begun {
  if (kind === 'mine') return { kind, token };
  if (kind === 'done') return { kind, response: decodeResponse(String(more)) };
  return kind === 'mismatch' ? { kind } : { kind, retryAfterMs: Number(more) };
}
