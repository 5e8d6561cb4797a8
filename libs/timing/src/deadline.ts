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
  /**
   * True: time in which this process did not turn (a machine that has no processor for it, a long turn of its own) does not
   * count, until the deadline has passed twice by the clock.
   * @default false
   */
  readonly excludesStalls?: boolean;
}

/** How exactly a stall is told from the rest of a deadline. */
const STEP_MS = 25;

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
  { keepsProcessAlive = true, excludesStalls = false }: DeadlineOptions = {},
): () => void {
  let leftMs = Math.min(deadlineMs, TIMER_MAX_MS);
  const lastMs = performance.now() + 2 * leftMs;
  let timer: NodeJS.Timeout;
  let turn: NodeJS.Immediate | undefined;
  const wait = (): void => {
    const stepMs = excludesStalls ? Math.min(leftMs, STEP_MS) : leftMs;
    timer = setTimeout(() => {
      leftMs -= stepMs;
      if (leftMs > 0 && performance.now() < lastMs) wait();
      else turn = setImmediate(onExceeded);
    }, stepMs);
    if (!keepsProcessAlive) timer.unref();
  };
  wait();
  return () => {
    clearTimeout(timer);
    clearImmediate(turn);
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
export function withDeadline<T>(
  work: Promise<T>,
  deadlineMs: number,
  fallback?: () => T,
  options?: DeadlineOptions,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExceeded = (): void =>
      fallback === undefined ? reject(new DeadlineError(deadlineMs)) : resolve(fallback());
    const cancel = startDeadline(deadlineMs, onExceeded, options);
    const end = (settle: () => void): void => {
      cancel();
      settle();
    };
    work.then(
      (answer) => end(() => resolve(answer)),
      (fault: unknown) => end(() => reject(fault)),
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
