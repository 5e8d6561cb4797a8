import { AsyncLocalStorage } from 'node:async_hooks';

interface Scope {
  /** By `performance.now()`. */
  readonly endMs: number;
  /** The connection whose `run` this is in. */
  readonly inside?: object;
}

const scopes = new AsyncLocalStorage<Scope | undefined>();

/**
 * Everything that `work` does with Redis, on all connections together, may take `budgetMs`; what comes later fails at
 * once, unsent. Meant around one request. Budgets nest: the tighter one counts.
 */
export function withRedisBudget<T>(budgetMs: number, work: () => T): T {
  const outer = scopes.getStore();
  const endMs = Math.min(performance.now() + budgetMs, outer?.endMs ?? Infinity);
  return scopes.run({ ...outer, endMs }, work);
}

/**
 * Runs `work` as if nobody's budget were around it: for a batch of several requests, which must not end with the one that
 * happened to begin it.
 */
export function outsideBudget<T>(work: () => T): T {
  return scopes.run(undefined, work);
}

/** Milliseconds that are left of the budget, 0 at least; Infinity without one. */
export function remainingBudgetMs(): number {
  const scope = scopes.getStore();
  return scope === undefined ? Infinity : Math.max(0, scope.endMs - performance.now());
}

/** Marks that `work` is inside a `run` of `connection`. */
export function insideRun<T>(connection: object, work: () => T): T {
  return scopes.run({ endMs: scopes.getStore()?.endMs ?? Infinity, inside: connection }, work);
}

export function isInsideRun(connection: object): boolean {
  return scopes.getStore()?.inside === connection;
}
