import { StateError } from '../errors.ts';
import type { Allowance, Rate, Take } from './limits.ts';

/** WindowRate is a rate as it is counted: what was taken is marked with the sub-window that it was taken in. */
export interface WindowRate {
  readonly count: number;
  readonly widthUs: number;
  /** A mark counts in its own sub-window and in so many after it, which is never shorter than the period. */
  readonly span: number;
}

/** What was taken, by the moment (microseconds) at which its sub-window began. */
export type Marks = ReadonlyMap<number, number>;

const PERIOD_MIN_MS = 1_000;
const PERIOD_MAX_MS = 86_400_000;
const COUNT_MAX = 1_000_000_000_000;
const TAKES_MAX = 8;
/**
 * Up to so many each has a mark of its own, to the microsecond. More are marked by this part of the period, so that what
 * is stored of a key stays bounded; they come back later than after the period by at most one part.
 */
const PARTS = 20;

/** Throws StateError `invalid_rate`. */
export function windowRate({ count, periodMs }: Rate): WindowRate {
  const whole = [count, periodMs].every((each) => Number.isInteger(each) && each >= 1);
  if (!whole || count > COUNT_MAX || periodMs < PERIOD_MIN_MS || periodMs > PERIOD_MAX_MS) {
    throw new StateError('invalid_rate', `${count} in ${periodMs} ms: not 1 to ${COUNT_MAX} in 1 second to 1 day`);
  }
  const periodUs = periodMs * 1_000;
  const widthUs = count <= PARTS ? 1 : periodUs / PARTS;
  return { count, widthUs, span: Math.ceil((periodUs - 1) / widthUs) };
}

/** The rate itself. Throws StateError `invalid_rate`. */
export function requireRate(rate: Rate): Rate {
  windowRate(rate);
  return rate;
}

/** The takes with what each costs. Throws StateError `invalid_rate`. */
export function requireTakes(takes: readonly Take[]): readonly (Take & { readonly cost: number; rated: WindowRate })[] {
  const different = new Set(takes.map(({ key }) => key)).size === takes.length;
  if (!different || takes.length < 1 || takes.length > TAKES_MAX) {
    throw new StateError('invalid_rate', `1 to ${TAKES_MAX} different keys are taken from at once`);
  }
  return takes.map((take) => {
    const { rate, cost = 1 } = take;
    const rated = windowRate(rate);
    if (Number.isInteger(cost) && cost >= 1 && cost <= rate.count) return { ...take, cost, rated };
    throw new StateError('invalid_rate', `${cost} are taken at once of ${rate.count}, not 1 to all`);
  });
}

export interface Held {
  readonly rate: WindowRate;
  readonly cost: number;
  readonly marks: Marks;
}

export interface Taken extends Allowance {
  /** What is stored from now on, also where nothing was taken. */
  readonly marks: Marks;
}

/**
 * Takes from each or from none, never more than the count in any period. take-limits.lua is the same for the store, and a
 * test holds both to one table.
 */
export function takeWithin(nowUs: number, keys: readonly Held[]): readonly Taken[] {
  const before = keys.map((held) => ({ ...held, marks: countedAt(nowUs, held) }));
  const waits = before.map((held) => waitOf(nowUs, held));
  const allowed = waits.every((waitUs) => waitUs === 0);
  return before.map(({ rate, cost, marks }, at) => {
    const after = new Map(marks);
    const start = startOf(nowUs, rate);
    if (allowed) after.set(start, (after.get(start) ?? 0) + cost);
    const resetUs = after.size === 0 ? 0 : leavesAt(Math.max(...after.keys()), rate) - nowUs;
    const mark = allowed ? start : undefined;
    return { ...taken({ rate, used: sumOf(after), resetUs, waitUs: waits[at]!, mark }), marks: after };
  });
}

/** Without what was taken under a mark; as it is where so much is not there any more. refund-limits.lua is the same. */
export function withoutTake(marks: Marks, mark: number, cost: number): Marks {
  const left = (marks.get(mark) ?? 0) - cost;
  if (left < 0) return marks;
  const after = new Map(marks);
  if (left === 0) after.delete(mark);
  else after.set(mark, left);
  return after;
}

export interface WindowOutcome {
  readonly rate: WindowRate;
  readonly used: number;
  readonly resetUs: number;
  readonly waitUs: number;
  /** Under which it was taken, undefined where it was not. */
  readonly mark?: number | undefined;
}

export function taken({ rate, used, resetUs, waitUs, mark }: WindowOutcome): Allowance {
  return {
    allowed: waitUs === 0,
    limit: rate.count,
    remaining: Math.max(0, rate.count - used),
    resetMs: Math.ceil(resetUs / 1_000),
    retryAfterMs: Math.ceil(waitUs / 1_000),
    ...(mark === undefined ? {} : { mark }),
  };
}

/** When a mark no longer counts. */
export const leavesAt = (mark: number, { widthUs, span }: WindowRate): number =>
  (Math.floor(mark / widthUs) + span + 1) * widthUs;

/** Where the sub-window of a moment begins. */
export const startOf = (nowUs: number, { widthUs }: WindowRate): number => Math.floor(nowUs / widthUs) * widthUs;

const sumOf = (marks: Marks): number => [...marks.values()].reduce((sum, each) => sum + each, 0);

/** A mark of the future counts as taken now: the clock was set back, and nobody is to wait for it to come there again. */
function countedAt(nowUs: number, { rate, marks }: Held): Marks {
  const start = startOf(nowUs, rate);
  const counted = new Map<number, number>();
  for (const [mark, each] of marks) {
    if (mark < start - rate.span * rate.widthUs) continue;
    const at = Math.min(mark, start);
    counted.set(at, (counted.get(at) ?? 0) + each);
  }
  return counted;
}

function waitOf(nowUs: number, { rate, cost, marks }: Held): number {
  let excess = sumOf(marks) + cost - rate.count;
  let waitUs = 0;
  for (const [mark, each] of [...marks].toSorted(([one], [other]) => one - other)) {
    if (excess <= 0) break;
    excess -= each;
    waitUs = leavesAt(mark, rate) - nowUs;
  }
  return waitUs;
}
