import { type StoredValue, valueKey, valueText } from '@nestfleet/contracts';
import { reactive, shallowReactive } from 'vue';
import { type Backend, BackendProblem } from '../backends/backend.ts';

/** ValueResult is the outcome of one write or read. `value` is null where nothing is stored. */
export interface ValueResult {
  readonly key: string;
  readonly value: string | null;
  readonly version: number | null;
  readonly servedBy: string | null;
}

const resultOf = (stored: StoredValue): ValueResult => ({
  key: stored.key,
  value: stored.value,
  version: stored.version,
  servedBy: stored.served_by,
});

/** What is wrong with a key or value, in a sentence; null where the fleet would take it. */
export function findValueFault(key: string, value = ''): string | null {
  const badKey = valueKey.safeParse(key);
  if (!badKey.success) return `Key: ${badKey.error.issues[0]?.message ?? 'not a key'}`;
  const badValue = valueText.safeParse(value);
  return badValue.success ? null : `Value: ${badValue.error.issues[0]?.message ?? 'not a value'}`;
}

export function createValues(backend: Backend) {
  const view = shallowReactive({
    busy: false,
    written: null as ValueResult | null,
    read: null as ValueResult | null,
    problem: null as BackendProblem | null,
    fault: null as string | null,
  });

  async function run(fault: string | null, work: () => Promise<void>): Promise<void> {
    if (view.busy) return;
    view.fault = fault;
    view.problem = null;
    if (fault !== null) return;
    view.busy = true;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof BackendProblem)) throw error;
      view.problem = error;
    } finally {
      view.busy = false;
    }
  }

  const put = (key: string, value: string): Promise<void> =>
    run(findValueFault(key, value), async () => {
      const { body } = await backend.putValue(key, value);
      view.written = resultOf(body);
      // A read of another key or an older version beside this write would look like a contradiction.
      view.read = null;
    });

  const get = (key: string): Promise<void> =>
    run(findValueFault(key), async () => {
      if (view.written?.key !== key) view.written = null;
      try {
        view.read = resultOf((await backend.getValue(key)).body);
      } catch (error) {
        if (!(error instanceof BackendProblem) || error.problem.status !== 404) throw error;
        view.read = { key, value: null, version: null, servedBy: null };
      }
    });

  return reactive({ view, put, get });
}
export type Values = ReturnType<typeof createValues>;
