import { setTimeout as sleep } from 'node:timers/promises';

export type BrakeSignal = 'SIGSTOP' | 'SIGCONT';

/** What can be stopped and let go on. */
export interface Braked {
  readonly id: string;
  signal(signal: BrakeSignal): Promise<void> | void;
}

export interface Brake {
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
export class Brakes {
  private readonly held = new Map<string, { readonly brake: Brake; readonly braked: Braked }>();

  async pause(braked: Braked): Promise<Brake> {
    return this.hold(braked, async (brake) => {
      await braked.signal('SIGSTOP');
      return brake;
    });
  }

  /** @param limitMs it runs freely after that, whoever forgets it */
  async slow(braked: Braked, { factor, limitMs }: { factor: number; limitMs: number }): Promise<Brake> {
    const { runMs, stopMs } = dutyCycle(factor);
    const ending = new AbortController();
    const cycle = async (): Promise<void> => {
      const endMs = performance.now() + limitMs;
      do {
        await braked.signal('SIGSTOP');
        await rest(stopMs, ending.signal);
        await braked.signal('SIGCONT');
        await rest(runMs, ending.signal);
      } while (!ending.signal.aborted && performance.now() < endMs);
    };
    const running = { done: Promise.resolve() };
    return this.hold(
      braked,
      async (brake) => {
        // What ended meanwhile cannot be slowed, and its successor is not meant.
        running.done = cycle()
          .catch(() => undefined)
          .finally(() => this.forget(braked, brake));
        return brake;
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
    await this.held.get(id)?.brake.release();
  }

  async releaseAll(): Promise<void> {
    await Promise.all([...this.held.values()].map(({ brake }) => brake.release()));
  }

  /** For the very end of a process, where nothing is waited for. */
  signalAll(): void {
    for (const { braked } of this.held.values()) void letGo(braked);
  }

  /** @returns whether it was held by this one */
  private forget({ id }: Braked, brake: Brake): boolean {
    return this.held.get(id)?.brake === brake && this.held.delete(id);
  }

  private async hold(
    braked: Braked,
    begin: (brake: Brake) => Promise<Brake>,
    end: () => Promise<void> = async () => undefined,
  ): Promise<Brake> {
    await this.resume(braked.id);
    const brake: Brake = {
      release: async () => {
        if (!this.forget(braked, brake)) return;
        await end();
        await letGo(braked);
      },
    };
    this.held.set(braked.id, { brake, braked });
    return begin(brake);
  }
}

/** What has ended meanwhile needs no letting go. */
async function letGo(braked: Braked): Promise<void> {
  try {
    await braked.signal('SIGCONT');
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

const isGone = (error: unknown): boolean =>
  error instanceof Error && (('code' in error && error.code === 'ESRCH') || /is not running/.test(error.message));

const rest = (restMs: number, signal: AbortSignal): Promise<void> =>
  sleep(restMs, undefined, { signal }).catch(() => undefined);
