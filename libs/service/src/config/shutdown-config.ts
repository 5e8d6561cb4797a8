import { wholeNumber } from '@nestfleet/contracts';

/** ShutdownDefaults are the longest times of a service, milliseconds. */
export interface ShutdownDefaults {
  /**
   * For requests and streams that are open when it stops accepting.
   * @default 10_000
   */
  readonly inFlightMs: number;
  /**
   * For its `beforeClose` steps: work that is not HTTP.
   * @default 0
   */
  readonly finishMs: number;
}

const milliseconds = wholeNumber(0, 3_600_000);

/** shutdownConfig is how long the graceful shutdown may take. What does not fit into STOP_GRACE_MS is refused at boot. */
export const shutdownConfig = ({ inFlightMs, finishMs }: ShutdownDefaults = { inFlightMs: 10_000, finishMs: 0 }) => ({
  SHUTDOWN_DRAIN_DELAY_MS: milliseconds.optional().meta({
    description:
      'How long a draining replica serves on because a load balancer may still pick it (drain delay), milliseconds, waited in full; default by BALANCER, and over sooner once its load balancers have shown that they know',
  }),
  SHUTDOWN_IN_FLIGHT_MS: milliseconds.prefault(inFlightMs).meta({
    description: 'Longest time that requests and streams in flight are given at a graceful shutdown, milliseconds',
  }),
  SHUTDOWN_FINISH_MS: milliseconds
    .prefault(finishMs)
    .meta({ description: 'Longest time that work which is not HTTP is given at a graceful shutdown, milliseconds' }),
  STOP_GRACE_MS: milliseconds.optional().meta({
    description:
      'When the platform kills a process that it has told to stop, milliseconds (stop_grace_period, terminationGracePeriodSeconds); the graceful shutdown must end 5 s before it',
  }),
});
