import { remainingMs } from '@nestfleet/service';
import { withStateBudget } from '@nestfleet/state';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** One request may wait this long for Redis over all its commands, milliseconds, and 100 more where Redis answers; no longer than its caller waits. */
const STATE_BUDGET_MS = 500;

const spentMs = new WeakMap<FastifyRequest, number>();

/** withinStateBudget runs work with Redis before the body was read: what it takes is taken off the budget of the request. */
export async function withinStateBudget<T>(
  request: FastifyRequest,
  budgetMs: number,
  work: () => Promise<T>,
): Promise<T> {
  const startMs = performance.now();
  try {
    return await withStateBudget(Math.min(budgetMs, remainingMs()), work);
  } finally {
    spentMs.set(request, performance.now() - startMs);
  }
}

/** installStateBudget does not count the reading of the body, which takes as long as its client does. */
export function installStateBudget(fastify: FastifyInstance): void {
  fastify.addHook('preHandler', (request, _reply, done) => {
    withStateBudget(Math.min(STATE_BUDGET_MS - (spentMs.get(request) ?? 0), remainingMs()), done);
  });
}
