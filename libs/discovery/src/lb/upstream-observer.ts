import { reasonOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { EjectionReason } from './ejection.ts';

/**
 * UnejectionReason says what ended an ejection:
 *
 * - `probe_succeeded`: the half-open probe after its time was `ok`.
 * - `request_succeeded`: a request that was no probe was `ok`, sent there by id or because nobody else was left.
 * - `ejection_limit`: the probe failed, but by then too few others are healthy to eject it for that.
 * - `removed`: the catalog has not listed it for so long that what was known of it is dropped.
 */
export type UnejectionReason = 'probe_succeeded' | 'request_succeeded' | 'ejection_limit' | 'removed';

export interface EjectedEvent {
  readonly service: string;
  /** Id of the instance. */
  readonly instance: string;
  readonly reason: EjectionReason;
  readonly forMs: number;
  /**
   * Ejections in a row, this one included. A failed probe ejects once more, without an `unejected` in between. For
   * `success_rate` less one for each interval since that was well.
   */
  readonly times: number;
}

export interface UnejectedEvent {
  readonly service: string;
  readonly instance: string;
  readonly reason: UnejectionReason;
}

/** RetryEvent is one request to the retry budget of a service. */
export interface RetryEvent {
  readonly service: string;
  readonly isGranted: boolean;
}

/** UpstreamObserver gets an event for each decision as it is made. What it throws is logged and goes no further. */
export interface UpstreamObserver {
  onEjected?(event: EjectedEvent): void;
  onUnejected?(event: UnejectedEvent): void;
  onRetry?(event: RetryEvent): void;
}

/** loggingObserver logs ejections and passes every event on. */
export function loggingObserver(log: Log, balancer: string, observer: UpstreamObserver): UpstreamObserver {
  const failed = (error: unknown): void =>
    log.warn({ event: 'upstream.observer_failed', reason: reasonOf(error) }, 'an observer of upstreams threw');
  const notify = (deliver: () => unknown): void => {
    try {
      const told = deliver();
      // What an asynchronous one rejects with would end the process.
      if (told instanceof Promise) told.catch(failed);
    } catch (error) {
      failed(error);
    }
  };
  return {
    onEjected(event) {
      const { service, instance, reason, forMs, times } = event;
      const fields = { service, instance, balancer, reason, for_ms: Math.round(forMs), times };
      log.warn({ event: 'upstream.ejected', ...fields }, 'an instance is ejected from load balancing');
      notify(() => observer.onEjected?.(event));
    },
    onUnejected(event) {
      const { service, instance, reason } = event;
      log.info(
        { event: 'upstream.unejected', service, instance, balancer, reason },
        'an instance is no longer ejected from load balancing',
      );
      notify(() => observer.onUnejected?.(event));
    },
    onRetry: (event) => notify(() => observer.onRetry?.(event)),
  };
}
