import type { ControlChange, ControlPhase } from '@nestfleet/contracts';
import type { QuietStep } from '../boot/composition.ts';
import type { Lifecycle, Phase } from '../lifecycle.ts';
import type { Logger } from '../logging.ts';
import { ControlError } from './control-error.ts';

export interface OutOfServiceParts {
  readonly instanceId: string;
  readonly lifecycle: Lifecycle;
  readonly quiet: readonly QuietStep[];
  /** Catalog maintenance. A rejection means later: the wish is kept. */
  readonly maintenance: (on: boolean) => Promise<void>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** Resolves after this long; how long an answer waits for the catalog. */
  readonly patience: () => Promise<void>;
}

export const controlPhaseOf = (phase: Phase): ControlPhase => (phase === 'stopped' ? 'draining' : phase);

/**
 * Takes one replica out of service and back, without ending it. Leaving is something else and wins: from then on both are
 * refused, and what is under way stops at its next step.
 */
export class OutOfService {
  private last: Promise<unknown> = Promise.resolve();
  private readonly parts: OutOfServiceParts;

  constructor(parts: OutOfServiceParts) {
    this.parts = parts;
  }

  /** `/readyz` 404 and maintenance on, then work that is not HTTP pauses. Again is harmless. */
  drain(): Promise<ControlChange> {
    return this.alone(async () => {
      const { lifecycle, quiet } = this.parts;
      this.refuseUnlessUp();
      lifecycle.drain();
      const told = this.tell(true);
      await this.each(quiet, (step) => step.run());
      return this.done(await told);
    });
  }

  /** Everything that `drain` did, taken back in the opposite order. Again is harmless. */
  undrain(): Promise<ControlChange> {
    return this.alone(async () => {
      const { lifecycle, quiet } = this.parts;
      this.refuseUnlessUp();
      await this.each(quiet.toReversed(), (step) => step.resume?.());
      this.refuseUnlessUp();
      lifecycle.undrain();
      return this.done(await this.tell(false));
    });
  }

  /** One after the other, or a late drain would undo a newer undrain. */
  private alone<T>(work: () => Promise<T>): Promise<T> {
    const run = this.last.then(work);
    this.last = run.catch(() => undefined);
    return run;
  }

  private refuseUnlessUp(): void {
    const { phase } = this.parts.lifecycle;
    if (phase === 'serving' || phase === 'drained') return;
    const why = phase === 'starting' ? 'has not been ready yet' : 'is leaving';
    throw new ControlError('control_not_now', `${this.parts.instanceId} ${why}`);
  }

  /** Only what can be taken back: what cannot is for leaving. */
  private async each(steps: readonly QuietStep[], run: (step: QuietStep) => Promise<void> | undefined): Promise<void> {
    for (const step of steps) {
      if (step.resume === undefined) continue;
      this.refuseUnlessUp();
      await run(step);
    }
  }

  private async tell(on: boolean): Promise<ControlChange['catalog']> {
    const { maintenance, patience, log } = this.parts;
    const told = maintenance(on).then(
      () => 'told' as const,
      (error: unknown) => {
        log.warn({ on, err: error }, 'the catalog is away; it is told as soon as it answers');
        return 'pending' as const;
      },
    );
    return Promise.race([told, patience().then(() => 'pending' as const)]);
  }

  private done(catalog: ControlChange['catalog']): ControlChange {
    const { instanceId, lifecycle, log } = this.parts;
    const phase = controlPhaseOf(lifecycle.phase);
    log.info({ event: 'control.changed', phase, catalog }, phase === 'drained' ? 'out of service' : 'in service');
    return { instance_id: instanceId, phase, catalog };
  }
}
