import { AsyncLocalStorage } from 'node:async_hooks';

interface Budget {
  readonly ms: number;
  readonly outer?: Budget | undefined;
  /** By `performance.now()`; set when the first command asks what is left. */
  endMs?: number;
  /** Set by the first command that needs the grace. */
  graceEndMs?: number;
}

interface Scope {
  readonly budget?: Budget | undefined;
  /** The connection whose `run` this is in. */
  readonly inside?: object;
}

const scopes = new AsyncLocalStorage<Scope | undefined>();

/**
 * Everything that `work` does with Redis, on all connections together, may take `budgetMs`, from its first command on; what
 * comes later fails at once, unsent (or 100 ms later where Redis has missed no deadline). Meant around one request. Budgets nest: the tighter one counts.
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
 * Milliseconds that are left of the budget, 0 at least; Infinity without one. Whoever asks first starts its clock. Where less than
 * `graceMs` are left there are as many once more, or the whole budget where that is less: for what our own process took of it.
 */
export function remainingBudgetMs(graceMs = 0): number {
  return leftOf(scopes.getStore()?.budget, performance.now(), graceMs);
}

function leftOf(budget: Budget | undefined, nowMs: number, graceMs: number): number {
  if (budget === undefined) return Infinity;
  budget.endMs ??= nowMs + budget.ms;
  const ownGraceMs = Math.min(graceMs, budget.ms);
  if (budget.endMs - nowMs < ownGraceMs) budget.graceEndMs ??= nowMs + ownGraceMs;
  const endMs = graceMs === 0 ? budget.endMs : Math.max(budget.endMs, budget.graceEndMs ?? 0);
  return Math.min(Math.max(0, endMs - nowMs), leftOf(budget.outer, nowMs, graceMs));
}

/** Marks that `work` is inside a `run` of `connection`. */
export function insideRun<T>(connection: object, work: () => T): T {
  return scopes.run({ budget: scopes.getStore()?.budget, inside: connection }, work);
}

export function isInsideRun(connection: object): boolean {
  return scopes.getStore()?.inside === connection;
}
