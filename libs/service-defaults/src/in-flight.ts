/** The request that some work is for, as Node's `IncomingMessage` has it. */
export interface Asked {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
}

/** One piece of work as a log line names it; the path without its query, which may hold values. */
export interface CutWork {
  readonly method: string;
  readonly path: string;
  readonly age_ms: number;
}

/** A line of the log names so many; the rest is a number. */
const NAMED_MAX = 20;

/** What was begun for clients and has not ended. */
export class InFlight {
  private readonly nowMs: () => number;
  private readonly open = new Map<object, { readonly asked: Asked; readonly sinceMs: number }>();
  private readonly idleWaiters = new Set<() => void>();

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  get count(): number {
    return this.open.size;
  }

  /** @param key what `end` is called with */
  begin(key: object, asked: Asked): void {
    this.open.set(key, { asked, sinceMs: this.nowMs() });
  }

  end(key: object): void {
    this.open.delete(key);
    if (this.open.size > 0) return;
    for (const wake of this.idleWaiters) wake();
    this.idleWaiters.clear();
  }

  /** The oldest first. */
  named(): CutWork[] {
    const nowMs = this.nowMs();
    return [...this.open.values()].slice(0, NAMED_MAX).map(({ asked, sinceMs }) => ({
      method: asked.method ?? '',
      path: (asked.url ?? '').split('?', 1)[0] ?? '',
      age_ms: Math.round(nowMs - sinceMs),
    }));
  }

  /** Resolves true when nothing is in flight, false when `limitMs` passed first. */
  async untilNone(limitMs: number): Promise<boolean> {
    if (this.open.size === 0) return true;
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        this.idleWaiters.delete(wake);
        resolve(false);
      }, limitMs);
      this.idleWaiters.add(wake);
    });
  }
}
