import { AsyncLocalStorage } from 'node:async_hooks';

interface Budget {
  readonly ms: number;
  readonly outer?: Budget | undefined;
  /** By `performance.now()`; set when the first command asks what is left. */
  endMs?: number;
}

interface Scope {
  readonly budget?: Budget | undefined;
  /** The connection whose `run` this is in. */
  readonly inside?: object;
}

const scopes = new AsyncLocalStorage<Scope | undefined>();

/**
 * Everything that `work` does with Redis, on all connections together, may take `budgetMs`, from its first command on; what
 * comes later fails at once, unsent. Meant around one request. Budgets nest: the tighter one counts.
 */
export function withRedisBudget<T>(budgetMs: number, work: () => T): T {
  const scope = scopes.getStore();
  return scopes.run({ ...scope, budget: { ms: Math.max(0, budgetMs), outer: scope?.budget } }, work);
}

/**
 * Runs `work` as if nobody's budget were around it: for a batch of several requests, which must not end with the one that
 * happened to begin it.
 */
export function outsideBudget<T>(work: () => T): T {
  return scopes.run(undefined, work);
}

/**
 * Milliseconds that are left of the budget, and at least `leastMs` or the whole budget; Infinity without one. Whoever asks first
 * starts its clock.
 */
export function remainingBudgetMs(leastMs = 0): number {
  return leftOf(scopes.getStore()?.budget, performance.now(), leastMs);
}

function leftOf(budget: Budget | undefined, nowMs: number, leastMs: number): number {
  if (budget === undefined) return Infinity;
  budget.endMs ??= nowMs + budget.ms;
  const leftMs = Math.max(budget.endMs - nowMs, Math.min(leastMs, budget.ms));
  return Math.min(leftMs, leftOf(budget.outer, nowMs, leastMs));
}

/** Marks that `work` is inside a `run` of `connection`. */
export function insideRun<T>(connection: object, work: () => T): T {
  return scopes.run({ budget: scopes.getStore()?.budget, inside: connection }, work);
}

export function isInsideRun(connection: object): boolean {
  return scopes.getStore()?.inside === connection;
}
