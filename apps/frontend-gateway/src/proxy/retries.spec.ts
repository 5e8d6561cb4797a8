import { afterEach, describe, expect, it } from '@jest/globals';
import { services } from '@nestfleet/contracts';
import { type Discovery, openDiscovery, type Upstream } from '@nestfleet/discovery';
import type { Attempt } from './attempt.ts';
import type { FailedAttempt } from './attempt-log.ts';
import { notRetried } from './problems.ts';
import { Retries } from './retries.ts';
import { UpstreamSlots } from './upstream-slots.ts';

let discovery: Discovery | undefined;
afterEach(() => discovery?.close());

async function upstreamOf(hosts: number): Promise<Upstream> {
  const api = Array.from({ length: hosts }, (_, at) => `127.0.0.1:${at + 1}`);
  discovery = openDiscovery({ kind: 'fixed', services: { api } });
  const upstream = discovery.upstreams.of('api');
  await upstream.ready();
  return upstream;
}

const slots = new UpstreamSlots(256, 256, 500);

/** A first attempt of `GET /whoami` that was sent and not answered. */
function failedAttempt(upstream: Upstream, changes: Partial<Attempt> = {}): Attempt {
  const pick = slots.hold(upstream.pick()!);
  return { reach: 'sent', bodyBegun: false, pick, instanceId: pick.instance.id, ...changes } as Attempt;
}

function retriesOf(upstream: Upstream, method = 'GET') {
  const recorded: FailedAttempt[] = [];
  const tools = {
    upstream: () => upstream,
    slots,
    routes: services.api.routes,
    retriesMax: 2,
    onFailedAttempt: (each: FailedAttempt) => recorded.push(each),
  };
  return { retries: new Retries(tools, { method, path: '/whoami', headers: [] }), recorded };
}

describe('Retries', () => {
  it('picks another host, and names that there is none', async () => {
    const upstream = await upstreamOf(2);
    const { retries } = retriesOf(upstream);
    const first = failedAttempt(upstream);
    const { next } = retries.decide(first);
    expect(next?.instance.id).toBeDefined();
    expect(next?.instance.id).not.toBe(first.instanceId);
    expect(retries.decide(failedAttempt(upstream, { instanceId: next!.instance.id }))).toEqual({
      stop: 'no_other_host',
    });
  });

  it('names an exhausted retry budget, and holds no host then', async () => {
    const upstream = await upstreamOf(2);
    while (upstream.retries.take());
    const { retries } = retriesOf(upstream);
    const attempt = failedAttempt(upstream);
    expect(retries.decide(attempt)).toEqual({ stop: 'retry_budget_exhausted' });
    attempt.pick.release('unknown');
    expect(upstream.members().map(({ inFlight }) => inFlight)).toEqual([0, 0]);
  });

  it.each(['GET', 'POST'])('asks nothing of the budget for a %s of which nothing was sent', async (method) => {
    const upstream = await upstreamOf(3);
    while (upstream.retries.take());
    const { retries } = retriesOf(upstream, method);
    expect(retries.decide(failedAttempt(upstream, { reach: 'unsent' })).next).toBeDefined();
  });

  it('sends what a full host refused to one that is not full, within the budget', async () => {
    const upstream = await upstreamOf(3);
    const refused = (): Attempt => {
      const attempt = failedAttempt(upstream, { reach: 'not_begun' });
      attempt.pick.observe('overloaded');
      return attempt;
    };
    const { retries } = retriesOf(upstream, 'POST');
    const next = retries.decide(refused()).next!;
    next.observe('overloaded');
    const second = failedAttempt(upstream, {
      reach: 'not_begun',
      pick: slots.hold(next),
      instanceId: next.instance.id,
    });
    const last = retries.decide(second).next!;
    last.observe('overloaded');
    const more = retriesOf(upstream, 'POST').retries;
    expect(more.decide(failedAttempt(upstream, { reach: 'not_begun' }))).toEqual({ stop: 'no_other_host' });
    const two = await upstreamOf(2);
    while (two.retries.take());
    expect(retriesOf(two).retries.decide(failedAttempt(two, { reach: 'not_begun' }))).toEqual({
      stop: 'retry_budget_exhausted',
    });
  });

  it('names a policy that does not allow it, and how many were tried', async () => {
    const upstream = await upstreamOf(9);
    expect(retriesOf(upstream, 'POST').retries.decide(failedAttempt(upstream))).toEqual({ stop: 'not_retryable' });
    const { retries } = retriesOf(upstream);
    const stops = [1, 2, 3].map(() => retries.decide(failedAttempt(upstream)).stop);
    expect(stops).toEqual([undefined, undefined, 'retries_exhausted']);
  });

  it('reports each failed attempt with its reason', async () => {
    const upstream = await upstreamOf(1);
    const { retries, recorded } = retriesOf(upstream);
    const attempt = failedAttempt(upstream);
    const error = new Error('reset');
    retries.recordFailure(attempt, 'refused', error, 'no_other_host');
    expect(recorded).toEqual([{ instanceId: attempt.instanceId, outcome: 'refused', error, stop: 'no_other_host' }]);
    expect(retries.errors).toEqual([error]);
  });
});

describe('notRetried', () => {
  it.each([
    ['not_retryable', 'upstream_failed', /retry policy/],
    ['retries_exhausted', 'upstream_failed', /as many replicas/],
    ['no_other_host', 'upstream_failed', /no other replica/],
    ['retry_budget_exhausted', 'retry_budget_empty', /retry budget is exhausted/],
  ] as const)('%s is answered with %s and the reason', (stop, code, reason) => {
    const { spec } = notRetried(stop, [new Error('x')]);
    expect([spec.code, spec.detail]).toEqual([code, expect.stringMatching(reason)]);
  });
});
