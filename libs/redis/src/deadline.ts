/** No answer within the time that there was. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';

  constructor(deadlineMs: number) {
    super(`no answer within ${deadlineMs} ms`);
  }
}

/**
 * `work`, or a DeadlineError after `deadlineMs`; what `work` does later is ignored, also when it rejects.
 * After a stall of our own process, timers fire before sockets are read. So the sockets get one turn before the verdict,
 * or a long pause of ours would look like a Redis that does not answer.
 */
export function withDeadline<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => setImmediate(() => reject(new DeadlineError(deadlineMs))), deadlineMs);
    const end = (settle: () => void) => {
      clearTimeout(timer);
      settle();
    };
    work.then(
      (answer) => end(() => resolve(answer)),
      (fault: unknown) => end(() => reject(fault)),
    );
  });
}
