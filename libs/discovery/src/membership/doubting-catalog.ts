import type { Random } from '../back-off.ts';
import type { Catalog, Snapshot } from '../catalog.ts';
import { DiscoveryError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Memory } from './disk-memory.ts';
import { createWake } from '../wake.ts';
import { createDoubt } from './doubt.ts';
import { createProbeRounds } from './probe-rounds.ts';
import type { Probe } from './readiness-probe.ts';

export interface DoubtingOptions {
  probe: Probe;
  /** What a former process knew. */
  memory: Pick<Memory, 'recall'>;
  random: Random;
  log: Log;
}

/** How long the catalog may keep silent at first before those that a former process knew are asked. */
const SILENCE_MS = 500;

const isUsable = ({ instances }: Snapshot): boolean => instances.some(({ health }) => health === 'passing');

/**
 * A catalog that asks the instances themselves before it believes that more than half of them are gone, and before it
 * uses what a former process wrote down. Whoever left through maintenance is gone at once.
 */
export function doubtingCatalog(source: Catalog, { probe, memory, random, log }: DoubtingOptions): Catalog {
  async function* watch(service: string, signal: AbortSignal): AsyncGenerator<Snapshot> {
    if (signal.aborted) return;
    const left = new AbortController();
    const end = AbortSignal.any([signal, left.signal]);
    const wake = createWake();
    const doubt = createDoubt();
    let hasHeard = false;
    let hasNews = false;
    let isOver = false;
    const tell = (): void => {
      hasNews = true;
      wake.ring();
    };
    const rounds = createProbeRounds({
      suspects: () => doubt.suspects(),
      isItself: probe,
      judge: (id, isItself) => {
        if (doubt.judge(id, isItself)) tell();
      },
      onRound: () => wake.ring(),
      random,
      signal: end,
    });

    function hear(snapshot: Snapshot): void {
      const before = doubt.suspects().length;
      doubt.hear(snapshot);
      hasHeard = true;
      const suspects = doubt.suspects().length;
      if (suspects > before) {
        const message = 'more than half of the instances vanished: those that still answer stay in use';
        log.warn({ event: 'discovery.loss_doubted', service, suspects }, message);
      }
      rounds.begin();
      tell();
    }

    async function follow(): Promise<void> {
      try {
        for await (const snapshot of source.watch(service, end)) hear(snapshot);
      } finally {
        isOver = true;
        wake.ring();
      }
    }

    const stored = await memory.recall(service);
    if (stored) doubt.recall(stored);
    const silence = setTimeout(() => {
      if (hasHeard || stored === undefined) return;
      const error = new DiscoveryError('catalog_unavailable', `the catalog said nothing for ${SILENCE_MS} ms`);
      hear({ instances: [], asOfMs: 0, error });
    }, SILENCE_MS);
    const following = follow();
    // Its fault is thrown below; where the reader has left before, nobody is there to hear it.
    following.catch(() => undefined);
    try {
      while (!end.aborted) {
        // With nothing else to offer, the first verdicts are worth the second that they may take.
        const isWorthWaiting = rounds.isInFirst() && !isUsable(doubt.view());
        if (hasNews && !isWorthWaiting) {
          hasNews = false;
          yield doubt.view();
        } else if (isOver && !hasNews) break;
        else await wake.next(end);
      }
      await following;
    } finally {
      clearTimeout(silence);
      left.abort();
    }
  }

  return { watch };
}
