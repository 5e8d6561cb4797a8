import { wholeNumber } from '@nestfleet/contracts';
import type { z } from 'zod';
import { BODY_LIMIT_BYTES } from '../connections/body-limit.ts';

const milliseconds = wholeNumber(1, 3_600_000);

/**
 * overloadConfig is what an app reads that sheds load: it is its own limit, so whoever works spreads it into its shape, and
 * a proxy does not.
 */
export const overloadConfig = () => ({
  CONCURRENT_REQUESTS_MAX: wholeNumber(1, 1_000_000).prefault(256).meta({
    description:
      'Requests that are worked on at once (concurrency limit); further ones wait in a queue. Bodies that are still coming, event streams that have begun, health checks and /ops do not count',
  }),
  QUEUED_REQUESTS_MAX: wholeNumber(0, 1_000_000).prefault(1_024).meta({
    description: 'Requests that wait at once; what comes beyond is refused with 503 and x-overloaded',
  }),
  REQUEST_BODIES_BYTES_MAX: wholeNumber(BODY_LIMIT_BYTES, 1_099_511_627_776).prefault(33_554_432).meta({
    description:
      'Bytes of request bodies that are coming or wait, by their announced length; beyond it the one that has been coming for longest is refused with 503 and x-overloaded',
  }),
  QUEUE_INTERVAL_MS: milliseconds.prefault(100).meta({
    description: 'A queue that has stood for so long is served newest first, milliseconds (CoDel interval)',
  }),
  QUEUE_TARGET_MS: milliseconds.prefault(20).meta({
    description:
      'Longest wait in the queue once it has stood for QUEUE_DEADLINE_MS without a break, milliseconds (CoDel target)',
  }),
  QUEUE_DEADLINE_MS: milliseconds.prefault(2_000).meta({
    description: 'Longest wait in the queue, milliseconds; then the request is refused with 503 and x-overloaded',
  }),
  EVENT_LOOP_LAG_MAX_MS: milliseconds.prefault(200).meta({
    description:
      'Longest wait of a request for its turn of the event loop once each turn of QUEUE_DEADLINE_MS has been later than this, milliseconds',
  }),
});

export type OverloadConfig = z.output<z.ZodObject<ReturnType<typeof overloadConfig>>>;

/** overloadSettingsOf gives the settings of an app that has them in its shape. */
export const overloadSettingsOf = (config: object): OverloadConfig | undefined =>
  'CONCURRENT_REQUESTS_MAX' in config ? (config as OverloadConfig) : undefined;
