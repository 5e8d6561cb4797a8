import { setTimeout as sleep } from 'node:timers/promises';

export type StallSignal = 'SIGSTOP' | 'SIGCONT';

/** What can be stopped and let go on. */
export interface StallTarget {
  readonly id: string;
  signal(signal: StallSignal): Promise<void> | void;
}

export interface Stall {
  /** Lets it run freely. More calls do nothing. */
  release(): Promise<void>;
}

/** Short enough that no client sees one stop as an outage, long enough that signals are on time. */
const CYCLE_MS = 100;

/** Parts of one cycle for something that is to run at one part in `factor` of its speed. */
export function dutyCycle(factor: number, cycleMs = CYCLE_MS): { readonly runMs: number; readonly stopMs: number } {
  if (!(factor >= 1)) throw new Error(`nothing can be slowed by ${factor}`);
  const runMs = Math.max(1, Math.round(cycleMs / factor));
  return { runMs, stopMs: Math.max(0, cycleMs - runMs) };
}

/** Pauses and slows, and remembers what it did: `releaseAll` leaves nothing that does not run. */
export class StallInjector {
  private readonly held = new Map<string, { readonly stall: Stall; readonly target: StallTarget }>();

  async pause(target: StallTarget): Promise<Stall> {
    return this.hold(target, async (stall) => {
      await target.signal('SIGSTOP');
      return stall;
    });
  }

  /** @param limitMs it runs freely after that, whoever forgets it */
  async slow(target: StallTarget, { factor, limitMs }: { factor: number; limitMs: number }): Promise<Stall> {
    const { runMs, stopMs } = dutyCycle(factor);
    const ending = new AbortController();
    const cycle = async (): Promise<void> => {
      const endMs = performance.now() + limitMs;
      do {
        await target.signal('SIGSTOP');
        await rest(stopMs, ending.signal);
        await target.signal('SIGCONT');
        await rest(runMs, ending.signal);
      } while (!ending.signal.aborted && performance.now() < endMs);
    };
    const running = { done: Promise.resolve() };
    return this.hold(
      target,
      async (stall) => {
        // What ended meanwhile cannot be slowed, and its successor is not meant.
        running.done = cycle()
          .catch(() => undefined)
          .finally(() => this.forget(target, stall));
        return stall;
      },
      async () => {
        ending.abort();
        await running.done;
      },
    );
  }

  holds(id: string): boolean {
    return this.held.has(id);
  }

  async resume(id: string): Promise<void> {
    await this.held.get(id)?.stall.release();
  }

  async releaseAll(): Promise<void> {
    await Promise.all([...this.held.values()].map(({ stall }) => stall.release()));
  }

  /** For the very end of a process, where nothing is waited for. */
  signalAll(): void {
    for (const { target } of this.held.values()) void letGo(target);
  }

  /** @returns whether it was held by this one */
  private forget({ id }: StallTarget, stall: Stall): boolean {
    return this.held.get(id)?.stall === stall && this.held.delete(id);
  }

  private async hold(
    target: StallTarget,
    begin: (stall: Stall) => Promise<Stall>,
    end: () => Promise<void> = async () => undefined,
  ): Promise<Stall> {
    await this.resume(target.id);
    const stall: Stall = {
      release: async () => {
        if (!this.forget(target, stall)) return;
        await end();
        await letGo(target);
      },
    };
    this.held.set(target.id, { stall, target });
    return begin(stall);
  }
}

/** What has ended meanwhile needs no letting go. */
async function letGo(target: StallTarget): Promise<void> {
  try {
    await target.signal('SIGCONT');
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

const isGone = (error: unknown): boolean =>
  error instanceof Error && (('code' in error && error.code === 'ESRCH') || /is not running/.test(error.message));

const rest = (restMs: number, signal: AbortSignal): Promise<void> =>
  sleep(restMs, undefined, { signal }).catch(() => undefined);
