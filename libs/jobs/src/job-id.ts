import { JobsError } from './errors.ts';

/** Where a job is: its queue and its id inside that queue. */
export interface JobAddress {
  readonly queue: string;
  readonly id: string;
}

const OWN_ID = /^[A-Za-z0-9_-]{1,90}$/;
const PUBLIC_ID = /^([a-z][a-z0-9-]{0,30})\.([A-Za-z0-9_-]{1,90})$/;

/** `<queue>.<id>`, the id that clients see. */
export const publicJobId = (address: JobAddress): string => `${address.queue}.${address.id}`;

/** Reads a public id; undefined when it cannot be one. */
export function parseJobId(text: string): JobAddress | undefined {
  const [, queue, id] = PUBLIC_ID.exec(text) ?? [];
  return queue === undefined || id === undefined ? undefined : { queue, id };
}

/** Checks an id that a caller chose. Throws JobsError `invalid_job_id`. */
export function ownJobId(id: string): string {
  if (!OWN_ID.test(id)) throw new JobsError('invalid_job_id', `"${id.slice(0, 100)}" is not a job id`);
  return id;
}
