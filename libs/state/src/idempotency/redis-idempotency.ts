import { luaScript, outsideBudget } from '@nestfleet/redis';
import { StateError } from '../errors.ts';
import type { StateKeys } from '../keys.ts';
import { type SpreadKey, type SpreadRecords, spreadScript } from '../layout/redis-spread-records.ts';
import { LUA } from '../lua.generated.ts';
import { SPARED_FROM_SHARE } from '../memory-share.ts';
import { type PendingReleases, isUnavailable } from '../pending-releases.ts';
import { IDEMPOTENT, type RedisCommands } from '../redis-commands.ts';
import { type Begun, IN_FLIGHT_MS, type Idempotency, type IdempotencyClaim, RESPONSE_TTL_MS } from './idempotency.ts';
import { decodeResponse, digestOf, encodeResponse } from './record.ts';
import { requireResponseTtl, requireScope, requireStorable } from './requests.ts';

const beginScript = spreadScript('begin-idempotent', LUA['begin-idempotent']);
const renewScript = spreadScript('renew-idempotent', LUA['renew-idempotent']);
const finishScript = spreadScript('finish-idempotent', LUA['finish-idempotent']);
const abandonScript = spreadScript('abandon-idempotent', LUA['abandon-idempotent']);
const abandonSingleScript = luaScript('abandon-idempotent', LUA['abandon-idempotent']);

const OWNER_BYTES = 12;
/** A record with a usual response. */
const RECORD_BYTES = 350;

export interface RedisIdempotencyParts {
  readonly commands: RedisCommands;
  readonly keys: StateKeys;
  readonly records: SpreadRecords;
  readonly random: (bytes: number) => Buffer;
  readonly pending: PendingReleases;
}

export function redisIdempotency({ commands, keys, records, random, pending }: RedisIdempotencyParts): Idempotency {
  const keyOf = (scopeKey: string): SpreadKey => ({
    single: keys.idempotency(scopeKey),
    spread: keys.spread.idempotency(scopeKey),
    lastsMs: RESPONSE_TTL_MS,
  });

  /** Where it most likely is, for the memory there. */
  const placeOf = ({ single, spread }: SpreadKey): string => (records.movedWithin(Infinity) ? spread : single);

  async function tryClaim(claim: IdempotencyClaim): Promise<unknown> {
    const { scopeKey, fingerprint, owner } = claim;
    const key = keyOf(scopeKey);
    const isLow = !commands.hasRoom(placeOf(key), RECORD_BYTES, SPARED_FROM_SHARE);
    const args = [digestOf(fingerprint), owner, IN_FLIGHT_MS, fingerprint, isLow ? '1' : '0'];
    try {
      return await records.run(beginScript, [key], args);
    } catch (error) {
      if (!(error instanceof StateError) || error.code !== 'state_outcome_unknown') throw error;
      // It may be claimed without our knowing. Nothing was done for it, so who tries again need not wait for its end.
      releaseUntilConfirmed(claim);
      throw new StateError('state_unavailable', error.message, { cause: error });
    }
  }

  const release: Idempotency['abandon'] = async ({ scopeKey, owner }) => {
    const key = keyOf(scopeKey);
    const releaseNow = async () =>
      (await records.run(abandonScript, [{ ...key, lastsMs: 0 }], [owner], IDEMPOTENT)) === 1;
    const isReleased = await releaseNow();
    if (!records.movedWithin(2 * IN_FLIGHT_MS)) return isReleased;
    // What was claimed in layout 1 would be copied again for as long as it lasts; it may have been between the two.
    const single = await commands.script(abandonSingleScript, [key.single], [owner], IDEMPOTENT);
    if (single !== 1) return isReleased;
    await releaseNow();
    return true;
  };

  const releaseUntilConfirmed = (claim: IdempotencyClaim): void =>
    pending.add(() => outsideBudget(() => release(claim)));

  return {
    async abandon(claim) {
      try {
        return await release(claim);
      } catch (error) {
        if (isUnavailable(error)) releaseUntilConfirmed(claim);
        throw error;
      }
    },
    async begin(scopeKey, fingerprint) {
      requireScope(scopeKey, fingerprint);
      const claim = { scopeKey, fingerprint, owner: random(OWNER_BYTES).toString('base64url') };
      return begunOf(claim, (await tryClaim(claim)) as BeginReply);
    },
    /** Outside of the caller's budget, which it may have used up long before it is done. */
    async renew({ scopeKey, owner }) {
      const renew = () => records.run(renewScript, [keyOf(scopeKey)], [owner, IN_FLIGHT_MS], IDEMPOTENT);
      return (await outsideBudget(renew)) === 1;
    },
    async finish({ scopeKey, fingerprint, owner }, response, { ttlMs } = {}) {
      requireStorable(response);
      const storedMs = requireResponseTtl(ttlMs);
      const key = keyOf(scopeKey);
      const encoded = encodeResponse(response);
      // What was done is stored wherever Redis takes it. It counts, so that no new key is taken behind many that are long.
      commands.hasRoom(placeOf(key), Math.max(0, Buffer.byteLength(encoded) - RECORD_BYTES), Infinity);
      const args = [digestOf(fingerprint), owner, storedMs, encoded];
      return (await records.run(finishScript, [key], args, IDEMPOTENT)) === 1;
    },
  };
}

type BeginReply = readonly [Begun['kind'] | 'memory-low', (string | number)?];

function begunOf(claim: IdempotencyClaim, [kind, more]: BeginReply): Begun {
  if (kind === 'memory-low')
    throw new StateError('state_memory_low', 'the memory of Redis is low: no new key is taken');
  if (kind === 'mine') return { kind, claim };
  if (kind === 'done') return { kind, response: decodeResponse(String(more)) };
  return kind === 'mismatch' ? { kind } : { kind, retryAfterMs: Number(more) };
}
