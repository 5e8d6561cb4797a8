import type { ControlChange, ControlPhase } from '@nestfleet/contracts';
import type { DrainStep } from '../hooks.ts';
import type { Lifecycle, Phase } from '../lifecycle/lifecycle.ts';
import type { Logger } from '../logging.ts';
import { ControlError } from './control-error.ts';

export interface OutOfServiceParts {
  readonly instanceId: string;
  readonly lifecycle: Lifecycle;
  readonly onDrain: readonly DrainStep[];
  /** Catalog maintenance. A rejection means later: the desired state is kept. */
  readonly maintenance: (on: boolean) => Promise<void>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** Resolves after this long; how long an answer waits for the catalog. */
  readonly catalogTimeout: () => Promise<void>;
}

export const controlPhaseOf = (phase: Phase): ControlPhase => (phase === 'stopped' ? 'draining' : phase);

/**
 * OutOfService drains one replica and takes it back, without ending it. The graceful shutdown wins over both: from then on
 * they are refused, and what is under way stops at its next step.
 */
export class OutOfService {
  private last: Promise<unknown> = Promise.resolve();
  private readonly parts: OutOfServiceParts;

  constructor(parts: OutOfServiceParts) {
    this.parts = parts;
  }

  /** `/readyz` 404 and maintenance on, then work that is not HTTP pauses. Idempotent. */
  drain(): Promise<ControlChange> {
    return this.serialized(async () => {
      const { lifecycle, onDrain } = this.parts;
      this.refuseUnlessUp();
      lifecycle.drain();
      const catalog = this.setMaintenance(true);
      await this.each(onDrain, (step) => step.run());
      return this.done(await catalog);
    });
  }

  /** Everything that `drain` did, taken back in the opposite order. Idempotent. */
  undrain(): Promise<ControlChange> {
    return this.serialized(async () => {
      const { lifecycle, onDrain } = this.parts;
      this.refuseUnlessUp();
      await this.each(onDrain.toReversed(), (step) => step.resume?.());
      this.refuseUnlessUp();
      lifecycle.undrain();
      return this.done(await this.setMaintenance(false));
    });
  }

  /** One after the other, or a late drain would undo a newer undrain. */
  private serialized<T>(work: () => Promise<T>): Promise<T> {
    const run = this.last.then(work);
    this.last = run.catch(() => undefined);
    return run;
  }

  private refuseUnlessUp(): void {
    const { phase } = this.parts.lifecycle;
    if (phase === 'serving' || phase === 'drained') return;
    const why = phase === 'starting' ? 'has not been ready yet' : 'is shutting down';
    throw new ControlError('control_not_now', `${this.parts.instanceId} ${why}`);
  }

  /** Only what can be taken back: what cannot is for the shutdown. */
  private async each(steps: readonly DrainStep[], run: (step: DrainStep) => Promise<void> | undefined): Promise<void> {
    for (const step of steps) {
      if (step.resume === undefined) continue;
      this.refuseUnlessUp();
      await run(step);
    }
  }

  private async setMaintenance(on: boolean): Promise<ControlChange['catalog']> {
    const { maintenance, catalogTimeout, log } = this.parts;
    const answer = maintenance(on).then(
      () => 'told' as const,
      (error: unknown) => {
        log.warn({ on, err: error }, 'the catalog is unreachable; maintenance is set as soon as it answers');
        return 'pending' as const;
      },
    );
    return Promise.race([answer, catalogTimeout().then(() => 'pending' as const)]);
  }

  private done(catalog: ControlChange['catalog']): ControlChange {
    const { instanceId, lifecycle, log } = this.parts;
    const phase = controlPhaseOf(lifecycle.phase);
    log.info({ event: 'control.changed', phase, catalog }, phase === 'drained' ? 'out of service' : 'in service');
    return { instance_id: instanceId, phase, catalog };
  }
}
