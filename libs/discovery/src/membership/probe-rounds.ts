import { pause, type Random } from '@nestfleet/timing';
import type { Instance } from '../instance.ts';
import type { Probe } from './readiness-probe.ts';

/** ProbeRounds asks unconfirmed instances whether they are there. */
export interface ProbeRounds {
  /** Begins to probe the unconfirmed instances, round after round until there are none. Does nothing while it does so already. */
  begin(): void;
  /** True from the first `begin` until each probe of that round is answered. */
  isInFirst(): boolean;
}

export interface ProbeRoundsOptions {
  unconfirmed: () => readonly Instance[];
  probe: Probe;
  onReply: (id: string, isItself: boolean) => void;
  /** After each round. */
  onRound: () => void;
  random: Random;
  signal: AbortSignal;
}

const PROBES_AT_ONCE = 16;
const PAUSE = { leastMs: 1_000, spreadMs: 1_000 };

async function eachOf<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const rest = [...all];
  const worker = async (): Promise<void> => {
    for (let one = rest.shift(); one !== undefined; one = rest.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: Math.min(PROBES_AT_ONCE, all.length) }, worker));
}

export function createProbeRounds(options: ProbeRoundsOptions): ProbeRounds {
  const { unconfirmed, probe, onReply, onRound, random, signal } = options;
  let isRunning = false;
  let first: 'to come' | 'running' | 'done' = 'to come';

  async function run(): Promise<void> {
    isRunning = true;
    if (first === 'to come') first = 'running';
    while (unconfirmed().length > 0 && !signal.aborted) {
      await eachOf(unconfirmed(), async (instance) => {
        const isItself = await probe(instance);
        if (!signal.aborted) onReply(instance.id, isItself);
      });
      first = 'done';
      onRound();
      // Spread, so that the processes that saw the same loss do not probe in step.
      await pause(PAUSE.leastMs + random() * PAUSE.spreadMs, signal);
    }
    isRunning = false;
  }

  return {
    begin() {
      if (!isRunning && unconfirmed().length > 0) void run();
    },
    isInFirst: () => first === 'running',
  };
}
