import { errorOf } from '@nestfleet/contracts';
import type { JobLog } from '../log.ts';

/**
 * tell calls a listener of the app, `name` of them. What it throws is no fault of ours, and what an asynchronous one rejects with
 * would end the process: both are a line of the log.
 */
export function tell(log: JobLog, name: string, call: () => unknown): void {
  const failed = (thrown: unknown): void => log.error({ err: errorOf(thrown) }, `${name} threw`);
  try {
    const told = call();
    if (told instanceof Promise) told.catch(failed);
  } catch (thrown) {
    failed(thrown);
  }
}
