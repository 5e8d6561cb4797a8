import assert from 'node:assert/strict';
import { StateError, type StateErrorCode } from '../../src/errors.ts';

/** Rejects unless `work` rejects with a StateError of this code. */
export async function expectCode(code: StateErrorCode, work: Promise<unknown>): Promise<void> {
  const end = await work.then(
    (answer) => ({ answer }),
    (error: unknown) => ({ error }),
  );
  if ('answer' in end) assert.fail(`expected ${code}, it answered ${JSON.stringify(end.answer)}`);
  if (!(end.error instanceof StateError)) throw end.error;
  assert.equal(end.error.code, code);
}
