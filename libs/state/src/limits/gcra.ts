import { StateError } from '../errors.ts';
import type { Allowance, Rate } from './limits.ts';

/** GcraRate is a rate in whole microseconds, which a double adds up without error. */
export interface GcraRate {
  readonly burst: number;
  /** How long one takes to grow back. */
  readonly stepUs: number;
  /** How long all of the burst takes. */
  readonly roomUs: number;
}

const PERIOD_MIN_MS = 1_000;
const PERIOD_MAX_MS = 86_400_000;
const COUNT_MAX = 1_000_000;
/** Steps are rounded up to whole microseconds: 1 % at most. So 10,000 in a second. */
const STEP_MIN_US = 100;
const ROOM_MAX_US = 30 * 86_400_000_000;
const TAKES_MAX = 8;

/** Throws StateError `invalid_rate`. */
export function gcraRate({ count, periodMs, burst = count }: Rate): GcraRate {
  const stepUs = Math.ceil((periodMs * 1_000) / count);
  const roomUs = stepUs * burst;
  const whole = [count, periodMs, burst].every((each) => Number.isInteger(each) && each >= 1);
  const slow = (periodMs * 1_000) / count >= STEP_MIN_US;
  const bounded =
    slow && count <= COUNT_MAX && burst <= COUNT_MAX && periodMs >= PERIOD_MIN_MS && periodMs <= PERIOD_MAX_MS;
  if (whole && bounded && roomUs <= ROOM_MAX_US) return { burst, stepUs, roomUs };
  throw new StateError(
    'invalid_rate',
    `${count} in ${periodMs} ms, ${burst} at once: not from 1 in a day to 10,000 in a second, growing back in 30 days`,
  );
}

/** The rate itself. Throws StateError `invalid_rate`. */
export function requireRate(rate: Rate): Rate {
  gcraRate(rate);
  return rate;
}

export function requireTakes<T extends { readonly key: string }>(takes: readonly T[]): readonly T[] {
  const different = new Set(takes.map(({ key }) => key)).size === takes.length;
  if (different && takes.length >= 1 && takes.length <= TAKES_MAX) return takes;
  throw new StateError('invalid_rate', `1 to ${TAKES_MAX} different keys are taken from at once`);
}

export interface Held {
  readonly rate: GcraRate;
  /** When all will have grown back, microseconds; undefined when it has. */
  readonly fullUs: number | undefined;
}

export interface Taken extends Allowance {
  /** What `fullUs` becomes; as it was where nothing was taken. */
  readonly fullUs: number;
}

/**
 * Takes one from each or from none. What is stored is one moment per key: when all will have grown back. take-limits.lua
 * is the same for the store, and a test holds both to one table.
 */
export function takeGcra(nowUs: number, keys: readonly Held[]): readonly Taken[] {
  const before = keys.map(({ rate, fullUs = nowUs }) => ({
    rate,
    // No further away than a whole burst: the clock was set back, or the rate was another one.
    fullUs: Math.min(Math.max(fullUs, nowUs), nowUs + rate.roomUs),
  }));
  const allAllow = before.every(({ rate, fullUs }) => fullUs + rate.stepUs <= nowUs + rate.roomUs);
  return before.map(({ rate, fullUs }) => {
    const waitUs = Math.max(0, fullUs + rate.stepUs - (nowUs + rate.roomUs));
    return taken({ nowUs, rate, fullUs: allAllow ? fullUs + rate.stepUs : fullUs, waitUs });
  });
}

export interface GcraOutcome {
  readonly nowUs: number;
  readonly rate: GcraRate;
  readonly fullUs: number;
  readonly waitUs: number;
}

export function taken({ nowUs, rate, fullUs, waitUs }: GcraOutcome): Taken {
  return {
    allowed: waitUs === 0,
    limit: rate.burst,
    remaining: Math.floor((nowUs + rate.roomUs - fullUs) / rate.stepUs),
    resetMs: Math.ceil((fullUs - nowUs) / 1_000),
    retryAfterMs: Math.ceil(waitUs / 1_000),
    fullUs,
  };
}
