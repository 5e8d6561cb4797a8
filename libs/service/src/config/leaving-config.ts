import { wholeNumber } from '@nestfleet/contracts';

/** Longest times of a service, milliseconds. */
export interface LeavingTimes {
  /** For requests and streams that are open when it stops accepting. */
  readonly inFlightMs: number;
  /** For its `finish` steps: work that is not HTTP. */
  readonly finishMs: number;
}

const milliseconds = wholeNumber(0, 3_600_000);

/** How long leaving may take. What does not fit into STOP_GRACE_MS is refused at boot. */
export const leavingConfig = ({ inFlightMs, finishMs }: LeavingTimes = { inFlightMs: 10_000, finishMs: 0 }) => ({
  LEAVING_NOTICE_MS: milliseconds.optional().meta({
    description:
      'How long a replica that leaves serves on because a front door may still pick it, milliseconds, waited in full; default by BALANCER, and over sooner once its doors have shown that they know',
  }),
  LEAVING_IN_FLIGHT_MS: milliseconds
    .prefault(inFlightMs)
    .meta({ description: 'Longest time that requests and streams in flight are given at leaving, milliseconds' }),
  LEAVING_FINISH_MS: milliseconds
    .prefault(finishMs)
    .meta({ description: 'Longest time that work which is not HTTP is given at leaving, milliseconds' }),
  STOP_GRACE_MS: milliseconds.optional().meta({
    description:
      'When the platform kills a process that it has told to stop, milliseconds (stop_grace_period, terminationGracePeriodSeconds); the times of leaving must end 5 s before it',
  }),
});
