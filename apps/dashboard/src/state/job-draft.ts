import { type JobName, type PostJob, postJob } from '@nestfleet/contracts';

/** The form's fields; each kind of job has its own input. */
export interface JobDraft {
  kind: JobName;
  text: string;
  below: number | null;
  failures: number | null;
}

export const emptyDraft = (): JobDraft => ({ kind: 'demo', text: 'hello fleet', below: 2_000_000, failures: 2 });

/** The request that a draft means, or the sentence that says what is wrong with it. */
export function readDraft(draft: JobDraft): { post: PostJob } | { fault: string } {
  const payloads = {
    demo: { job: draft.text },
    primes: { below: draft.below },
    flaky: { failures: draft.failures },
  };
  const parsed = postJob.safeParse({ name: draft.kind, payload: payloads[draft.kind] });
  return parsed.success ? { post: parsed.data } : { fault: parsed.error.issues[0]?.message ?? 'Not a job.' };
}
