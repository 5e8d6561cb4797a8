/** `DeadlineError` says that there was no answer within the time that there was. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';

  constructor(deadlineMs: number) {
    super(`no answer within ${deadlineMs} ms`);
  }
}

export interface DeadlineOptions {
  /**
   * False: a process that has nothing else to do ends before the deadline.
   * @default true
   */
  readonly keepsProcessAlive?: boolean;
}

/** Node fires a longer timer after 1 ms. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/**
 * `startDeadline` calls `onExceeded` when `deadlineMs` have passed and sockets have been read once since. After a stall of
 * our own process (a long collection, a stopped container, a busy machine) timers fire before sockets are read: without
 * that turn everybody whose answer lies there unread would look as if they had not answered.
 * @returns cancels it
 */
export function startDeadline(
  deadlineMs: number,
  onExceeded: () => void,
  { keepsProcessAlive = true }: DeadlineOptions = {},
): () => void {
  let turn: NodeJS.Immediate | undefined;
  const timer = setTimeout(
    () => {
      turn = setImmediate(onExceeded);
    },
    Math.min(deadlineMs, TIMER_MAX_MS),
  );
  if (!keepsProcessAlive) timer.unref();
  return () => {
    clearTimeout(timer);
    if (turn !== undefined) clearImmediate(turn);
  };
}

/** `deadlineSignal` aborts with a DeadlineError after `deadlineMs`. As AbortSignal.timeout, it keeps no process alive. */
export function deadlineSignal(deadlineMs: number): AbortSignal {
  const controller = new AbortController();
  startDeadline(deadlineMs, () => controller.abort(new DeadlineError(deadlineMs)), { keepsProcessAlive: false });
  return controller.signal;
}

/**
 * `withDeadline` resolves as `work` does, or after `deadlineMs` with what `fallback` gives; without one it rejects with a
 * DeadlineError. What `work` does later is ignored, also when it rejects.
 */
export function withDeadline<T>(work: Promise<T>, deadlineMs: number, fallback?: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = startDeadline(deadlineMs, () =>
      fallback === undefined ? reject(new DeadlineError(deadlineMs)) : resolve(fallback()),
    );
    const end = <A>(settle: (how: A) => void, how: A): void => {
      cancel();
      settle(how);
    };
    work.then(
      (answer) => end(resolve, answer),
      (fault: unknown) => end(reject, fault),
    );
  });
}

/** `within` is true when `work` ended within the time, false when it is still going on. It rejects as `work` does. */
export const within = (work: Promise<unknown>, limitMs: number): Promise<boolean> =>
  withDeadline(
    work.then(() => true),
    limitMs,
    () => false,
  );
