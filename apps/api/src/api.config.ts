import { services, wholeNumber } from '@nestfleet/contracts';
import { baseConfig, commaList, corsConfig, flag, overloadConfig } from '@nestfleet/service';
import { SESSION_MAX_MS, SESSION_TTL_MS } from '@nestfleet/state';
import { z } from 'zod';
import { rateLimitSetting } from './limits/rate-limit-setting.ts';

/** Everybody can read this file, so production refuses both words. */
const SAMPLE_SESSION_KEY = 'sample-session-key-for-development-only';
const SAMPLE_OPS_TOKEN = 'sample-ops-token-for-development-only';

const DAY_MS = 86_400_000;
const MIB = 1_048_576;
const YEAR_MS = 31_536_000_000;
/** From more than one value of the greatest length takes up to what a rate may count. */
const quotaBytes = (fallbackMib: number, description: string) =>
  wholeNumber(MIB, 1e12)
    .prefault(fallbackMib * MIB)
    .meta({ description });
const lifetimeMs = (fallbackMs: number, description: string) =>
  wholeNumber(1_000, YEAR_MS).prefault(fallbackMs).meta({ description });

export const apiConfig = {
  ...baseConfig({ httpPort: services.api.ports.http, shutdown: services.api.shutdown }),
  ...overloadConfig(),
  RPC_PORT: wholeNumber(0, 65_535)
    .prefault(services.api.ports.rpc)
    .meta({ description: 'TCP port of @nestjs/microservices; 0 takes any free one' }),
  SESSION_KEYS: z
    .string()
    .transform(commaList)
    .pipe(z.array(z.string().min(32, 'each key has 32 characters or more')).min(1))
    .meta({
      description: 'Keys that sign the sid cookie, a comma list: the first signs, all verify',
      secret: true,
      sample: SAMPLE_SESSION_KEY,
    }),
  SESSION_IDLE_MS: lifetimeMs(
    SESSION_TTL_MS,
    'A session ends when it is not used for so long, milliseconds; default 45 minutes',
  ),
  SESSION_MAX_MS: lifetimeMs(
    SESSION_MAX_MS,
    'A session ends so long after it was opened, milliseconds; default 24 hours',
  ),
  STATE_LAYOUT: wholeNumber(1, 2).prefault(1).meta({
    description:
      'Layout of what is stored in Redis: 2 spreads counters and idempotency keys over the slots of a cluster, for all replicas, and stays; only once no release runs that does not know it; default 1',
  }),
  OPS_TOKEN: z
    .string()
    .min(24, 'has 24 characters or more')
    .meta({ description: 'Bearer token for people who run the fleet', secret: true, sample: SAMPLE_OPS_TOKEN }),
  ...corsConfig(),
  RATE_LIMIT: rateLimitSetting.meta({
    description:
      'Requests of one session, or of one address without one, as `100/60s` (in any 60 s) or `600/10m;burst=50;address=2000`: burst so many in as much of the period (here in any 50 s; default the count), address for all sessions of one address together (default 10 times the count); default off',
  }),
  VALUES_ANONYMOUS_TTL_MS: wholeNumber(1_000, DAY_MS).prefault(DAY_MS).meta({
    description:
      'A value or counter that is made without a session lives so long at most, also where it says nothing, milliseconds; default 24 hours',
  }),
  VALUES_ANONYMOUS_BYTES_PER_ADDRESS: quotaBytes(
    16,
    'Bytes of values, new counters and new idempotency keys (600 each) that callers of one address without a session may store within VALUES_ANONYMOUS_TTL_MS; default 16 MiB',
  ),
  VALUES_ANONYMOUS_BYTES: quotaBytes(64, 'The same for all callers without a session together; default 64 MiB'),
  QUICKSTART_ROUTES: flag('The demo endpoints GET /set, /get and /enqueue; default on, in production off'),
  DIAGNOSTIC_ROUTES: flag(
    'Routes under /diagnostics that show what an edge proxy does to headers, streams and large bodies; default off',
  ),
};
export type ApiConfig = z.output<z.ZodObject<typeof apiConfig>>;

export const quickstartEnabled = (config: ApiConfig): boolean =>
  config.QUICKSTART_ROUTES ?? config.NODE_ENV !== 'production';
