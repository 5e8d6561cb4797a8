import { services, wholeNumber } from '@nestfleet/contracts';
import { BALANCER_NAMES } from '@nestfleet/discovery';
import { baseConfig, corsConfig } from '@nestfleet/service';
import { z } from 'zod';

/** gatewayConfig is every variable that the gateway reads. */
export const gatewayConfig = {
  ...baseConfig({ httpPort: services['frontend-gateway'].ports.http, shutdown: services['frontend-gateway'].shutdown }),
  // Those of the services: what this proxy refuses itself is to be read by the same pages.
  ...corsConfig(),
  PUBLIC_FD: wholeNumber(3, 65_535).optional().meta({
    description: 'Number of an inherited, bound TCP socket that is served besides PORT; several gateways may share it',
  }),
  UPSTREAM_BALANCER: z
    .enum(BALANCER_NAMES)
    .default('power-of-two')
    .meta({ description: 'How a replica is chosen among those that can be used' }),
  UPSTREAM_SLOW_START_MS: wholeNumber(0, 3_600_000).prefault(5_000).meta({
    description:
      'Time in which a replica that comes beside others gets its share of the requests, from a tenth on, milliseconds; 0: at once',
  }),
  UPSTREAM_ATTEMPT_MS: wholeNumber(1, 3_600_000).prefault(3_000).meta({
    description:
      'Longest wait for the head of an answer from one replica, milliseconds; after it a request that may be sent again is retried on another, and the replica counts as timed out',
  }),
  UPSTREAM_DEADLINE_MS: wholeNumber(1, 3_600_000).prefault(10_000).meta({
    description:
      'Longest wait for the head of an answer over all attempts, milliseconds; a body on its way prolongs it, streams that have begun are not bound by it',
  }),
  UPSTREAM_SILENCE_MS: wholeNumber(1, 3_600_000).prefault(75_000).meta({
    description:
      'Longest silence of a replica within an answer that has begun, milliseconds; then the answer is cut. Streams of events have an hour',
  }),
  UPSTREAM_CONNECTIONS_MAX: wholeNumber(1, 10_000).prefault(256).meta({
    description:
      'Connections to one replica that short requests have for themselves; they take those of streams too while there are none, and more wait. Upgraded connections have as many beside them, and all of those with all streams half of CLIENT_CONNECTIONS_MAX',
  }),
  UPSTREAM_STREAMS_MAX: wholeNumber(1, 10_000).prefault(256).meta({
    description:
      'Event streams, answers of 1 MiB or more, request bodies beyond 64 KiB, and all that takes longer than 5 s once it has begun, to one replica, beside its requests; more are refused with 503. With upgraded connections, of all replicas, they have half of CLIENT_CONNECTIONS_MAX',
  }),
  CLIENT_SEND_TIMEOUT_MS: wholeNumber(1, 3_600_000).prefault(30_000).meta({
    description:
      'Longest time in which a client takes nothing of what lies ready for it, milliseconds, whatever it sends meanwhile; then it is cut, after an eighth more at most. Holds of both ends of a WebSocket',
  }),
  DASHBOARD_DIR: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Folder of the built dashboard; default `dashboard` beside the program' }),
};

export type GatewayConfig = z.output<z.ZodObject<typeof gatewayConfig>>;

/** longMax is the bound of streams and upgraded connections in all: the other half of the connections is for short requests. */
export const longMax = ({ CLIENT_CONNECTIONS_MAX }: GatewayConfig): number => Math.ceil(CLIENT_CONNECTIONS_MAX / 2);

/** deadlineFault: a gateway that shuts down waits for what is in flight; a request that may take longer would be cut. */
export const deadlineFault = ({ UPSTREAM_DEADLINE_MS, SHUTDOWN_IN_FLIGHT_MS }: GatewayConfig): string | undefined =>
  UPSTREAM_DEADLINE_MS <= SHUTDOWN_IN_FLIGHT_MS
    ? undefined
    : `UPSTREAM_DEADLINE_MS: is ${UPSTREAM_DEADLINE_MS}, and a gateway that shuts down waits ${SHUTDOWN_IN_FLIGHT_MS} ms ` +
      `(SHUTDOWN_IN_FLIGHT_MS) for what is in flight; give it as much`;
