import type { Counters } from './counters/counters.ts';
import { StateError } from './errors.ts';
import type { Idempotency } from './idempotency/idempotency.ts';
import type { Leases } from './leases/leases.ts';
import type { Limits, Take } from './limits/limits.ts';
import type { State } from './state.ts';
import type { Values } from './values/values.ts';

const FEATURE = /^[A-Za-z0-9_-]{1,32}$/;

/**
 * featureState is the state as one feature of an application sees it: what it names stands under `feature:` in `state`, so that two
 * features may use one name. Sessions, visits and the global count are those of all. Closing it closes nothing.
 */
export function featureState(state: State, feature: string): State {
  if (!FEATURE.test(feature))
    throw new StateError('invalid_key', 'the name of a feature is 1 to 32 of letters, digits, _ and -');
  const own = `${feature}:`;
  return {
    ...state,
    counters: countersUnder(state.counters, own),
    values: valuesUnder(state.values, own),
    leases: leasesUnder(state.leases, own),
    idempotency: idempotencyUnder(state.idempotency, own),
    limits: limitsUnder(state.limits, own),
    close: async () => undefined,
  };
}

function countersUnder(counters: Counters, own: string): Counters {
  return {
    add: (name, ...more) => counters.add(own + name, ...more),
    read: (name) => counters.read(own + name),
    addWithin: (name, options) => counters.addWithin(own + name, options),
    readWithin: (name, window) => counters.readWithin(own + name, window),
    addGlobal: (by) => counters.addGlobal(by),
    readGlobal: () => counters.readGlobal(),
  };
}

function valuesUnder(values: Values, own: string): Values {
  const without = (key: string): string => key.slice(own.length);
  return {
    async get(key) {
      const value = await values.get(own + key);
      return value && { ...value, key };
    },
    put: async (key, value, options) => ({ ...(await values.put(own + key, value, options)), key }),
    remove: (key, precondition) => values.remove(own + key, precondition),
    async list(options = {}) {
      const page = await values.list({ ...options, prefix: own + (options.prefix ?? '') });
      return { ...page, keys: page.keys.map(without) };
    },
  };
}

const leasesUnder = (leases: Leases, own: string): Leases => ({
  hold: (name, options, work) => leases.hold(own + name, options, work),
});

/** A claim has the name under which it was begun. */
const idempotencyUnder = (idempotency: Idempotency, own: string): Idempotency => ({
  begin: (scopeKey, fingerprint) => idempotency.begin(own + scopeKey, fingerprint),
  renew: (claim) => idempotency.renew(claim),
  finish: (claim, ...more) => idempotency.finish(claim, ...more),
  abandon: (claim) => idempotency.abandon(claim),
});

const limitsUnder = (limits: Limits, own: string): Limits => ({
  take: (key, ...more) => limits.take(own + key, ...more),
  takeAll: (takes) => limits.takeAll(takes.map((take) => takeUnder(take, own))),
  refund: (takes, taken) =>
    limits.refund(
      takes.map((take) => takeUnder(take, own)),
      taken,
    ),
});

const takeUnder = (take: Take, own: string): Take => ({ ...take, key: own + take.key });
