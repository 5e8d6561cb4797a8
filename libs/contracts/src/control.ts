import { z } from 'zod';

/** Messages of the control plane, over @nestjs/microservices TCP on CONTROL_PORT. */
export const CONTROL_PATTERNS = {
  describe: 'control.describe',
  drain: 'control.drain',
  undrain: 'control.undrain',
} as const;
export type ControlAction = keyof typeof CONTROL_PATTERNS;

/** What every message carries. The id is checked because an address may meanwhile belong to another instance. */
export const controlRequest = z.strictObject({
  token: z.string().min(1).max(512),
  instance_id: z.string().min(1).max(256),
});
export type ControlRequest = z.infer<typeof controlRequest>;

/** `drained` was taken out of service and may come back; `draining` is shutting down. */
export const controlPhase = z.enum(['starting', 'serving', 'drained', 'draining']);
export type ControlPhase = z.infer<typeof controlPhase>;

/** An instance that outlier detection has taken out of a process's load balancing. */
export const ejectedInstance = z.object({
  id: z.string(),
  why: z
    .enum(['refused', 'timeout', 'error', 'broken', 'success_rate'])
    .describe(
      'refused: no connection, or reset before any byte; timeout: no byte in time; error: 5xx; broken: an answer broke off; success_rate: it failed more often than its siblings of one version',
    ),
  failures: z
    .int()
    .describe('Failures of this kind in a row; error, broken and refused are one kind; of success_rate those of 10 s'),
  until_ms: z
    .int()
    .describe('End of the ejection, milliseconds since 1970; where it is not in the future, a probe decides'),
});
export type EjectedInstance = z.infer<typeof ejectedInstance>;

/** How one process sees the instances of a service that it calls. */
export const upstreamView = z.object({
  service: z.string(),
  as_of_ms: z
    .int()
    .describe('Time of the last good answer of the catalog, milliseconds since 1970; 0 before the first'),
  age_ms: z.int().nullable().describe('How old that answer is; null before the first'),
  stale: z.boolean().describe('True while the catalog cannot be reached'),
  cached: z.boolean().describe('True while the set was read from disk and the catalog has not answered yet'),
  instances: z.object({ passing: z.int(), critical: z.int(), maintenance: z.int() }),
  ejected: z
    .array(ejectedInstance)
    .describe('Instances that this process has ejected for what its own requests showed; the first 50 by id'),
  ejected_count: z.int().describe('How many are ejected, those that are not listed included'),
});
export type UpstreamView = z.infer<typeof upstreamView>;

/** How an instance is doing, by itself. */
export const controlReport = z.object({
  phase: controlPhase,
  load: z.object({
    requests_per_second: z
      .number()
      .describe('HTTP requests answered, health checks left out, mean of the last seconds'),
    in_flight: z.int().describe('HTTP requests being answered, and jobs being run'),
  }),
  event_loop_lag: z.object({ p50_ms: z.number(), p99_ms: z.number() }).describe('Of the last seconds'),
  memory: z.object({ rss_bytes: z.int(), heap_used_bytes: z.int() }),
  upstreams: z.array(upstreamView),
});
export type ControlReport = z.infer<typeof controlReport>;

/** Reply of `control.describe`. */
export const controlDescription = controlReport.extend({
  service: z.string(),
  instance_id: z.string(),
  name: z.string().describe('INSTANCE_NAME'),
  version: z.string(),
  started_at_ms: z.int().describe('Milliseconds since 1970'),
});
export type ControlDescription = z.infer<typeof controlDescription>;

/** Reply of `control.drain` and `control.undrain`. */
export const controlChange = z.object({
  instance_id: z.string(),
  phase: controlPhase,
  catalog: z
    .enum(['told', 'pending'])
    .describe('pending: the catalog is unreachable and is updated as soon as it answers'),
});
export type ControlChange = z.infer<typeof controlChange>;

/** What a refused message is answered with. */
export const controlRefusal = z.object({
  code: z.enum([
    'control_unauthorized',
    'control_wrong_instance',
    'control_invalid_message',
    'control_not_now',
    'control_failed',
  ]),
  message: z.string(),
});
export type ControlRefusal = z.infer<typeof controlRefusal>;
