import type { Random } from '@nestfleet/timing';
import type { Catalog, Snapshot } from '../catalog.ts';
import { DiscoveryError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { SetCache } from './disk-cache.ts';
import { createWake } from './wake.ts';
import { createMassLossProtection } from './mass-loss-protection.ts';
import { createProbeRounds } from './probe-rounds.ts';
import type { Probe } from './readiness-probe.ts';

export interface ProtectingCatalogOptions {
  probe: Probe;
  /** The last-known-good set of a former process. */
  cache: Pick<SetCache, 'load'>;
  random: Random;
  log: Log;
}

/** How long the first answer of the catalog is awaited before the instances of the last-known-good cache are probed. */
const FIRST_ANSWER_MS = 500;

const isUsable = ({ instances }: Snapshot): boolean => instances.some(({ health }) => health === 'passing');

/**
 * protectingCatalog is mass-loss protection around a catalog: it probes the instances themselves before more than half of
 * them leave the set, and before any of the last-known-good cache is used. Those that leave through maintenance are gone
 * at once.
 */
export function protectingCatalog(source: Catalog, { probe, cache, random, log }: ProtectingCatalogOptions): Catalog {
  async function* watch(service: string, signal: AbortSignal): AsyncGenerator<Snapshot> {
    if (signal.aborted) return;
    const left = new AbortController();
    const end = AbortSignal.any([signal, left.signal]);
    const wake = createWake();
    const protection = createMassLossProtection();
    let hasSnapshot = false;
    let hasUpdate = false;
    let isOver = false;
    const publish = (): void => {
      hasUpdate = true;
      wake.ring();
    };
    const rounds = createProbeRounds({
      unconfirmed: () => protection.unconfirmed(),
      probe,
      onReply: (id, isItself) => {
        if (protection.recordReply(id, isItself)) publish();
      },
      onRound: () => wake.ring(),
      random,
      signal: end,
    });

    function update(snapshot: Snapshot): void {
      const before = protection.unconfirmed().length;
      protection.update(snapshot);
      hasSnapshot = true;
      const unconfirmed = protection.unconfirmed().length;
      if (unconfirmed > before) {
        const message = 'more than half of the instances vanished: those that still answer stay in use';
        log.warn({ event: 'discovery.mass_loss', service, unconfirmed }, message);
      }
      rounds.begin();
      publish();
    }

    async function follow(): Promise<void> {
      try {
        for await (const snapshot of source.watch(service, end)) update(snapshot);
      } finally {
        isOver = true;
        wake.ring();
      }
    }

    const stored = await cache.load(service);
    if (stored) protection.load(stored);
    const timer = setTimeout(() => {
      if (hasSnapshot || stored === undefined) return;
      const error = new DiscoveryError('catalog_unavailable', `the catalog did not answer for ${FIRST_ANSWER_MS} ms`);
      update({ instances: [], asOfMs: 0, error });
    }, FIRST_ANSWER_MS);
    const following = follow();
    // Its fault is thrown below; where the reader has left before, nobody is there to hear it.
    following.catch(() => undefined);
    try {
      while (!end.aborted) {
        // With nothing else to offer, the first replies are worth the second that they may take.
        const isWorthWaiting = rounds.isInFirst() && !isUsable(protection.view());
        if (hasUpdate && !isWorthWaiting) {
          hasUpdate = false;
          yield protection.view();
        } else if (isOver && !hasUpdate) break;
        else await wake.next(end);
      }
      await following;
    } finally {
      clearTimeout(timer);
      left.abort();
    }
  }

  return { watch };
}
