import type { BalancerKind } from '../config/base-config.ts';
import type { ProcessLog, ShutdownSettings } from '../shutdown/graceful-shutdown.ts';
import { drainDelayFault, gracePeriodFault, type SettingNames, shutdownTimeouts } from '../shutdown/timeouts.ts';

/** HealthPaths are the paths of the health checks, as a load balancer asks them. */
export interface HealthPaths {
  readonly live: string;
  readonly startup: string;
  readonly ready: string;
}

/** ShutdownOptions are what ShutdownModule is told. All of them have a default. */
export interface ShutdownOptions {
  /**
   * The load balancers that route to this app; the slowest one sets the drain delay, which is over sooner once each has shown
   * that it knows.
   * @default unknown: `drainDelayMs` is 3,000
   */
  readonly balancers?: readonly BalancerKind[];
  /**
   * How long a draining app serves on, milliseconds, waited in full; 0 where nothing routes to it, as in development.
   * @default by `balancers`; 0 in an app without HTTP
   */
  readonly drainDelayMs?: number;
  /**
   * Longest time for requests and streams that are open when it stops accepting, milliseconds.
   * @default 10_000
   */
  readonly inFlightMs?: number;
  /**
   * Longest time for unfinished work that is not HTTP, such as jobs, milliseconds.
   * @default the sum of what the modules of the app say
   */
  readonly finishMs?: number;
  /** When the platform kills, milliseconds: what does not fit into it with 5 s to spare is refused at boot. @default unknown */
  readonly stopGraceMs?: number;
  /** @default `/livez`, `/startupz`, `/readyz` */
  readonly healthPaths?: Partial<HealthPaths>;
  /**
   * False: the app answers `healthPaths` by itself, such as by terminus with ShutdownHealthIndicator.
   * @default true
   */
  readonly answersHealthChecks?: boolean;
  /**
   * Status of the readiness check while it shuts down. 404 is what HAProxy's `disable-on-404` reads.
   * @default 404
   */
  readonly drainingStatus?: 404 | 503;
  /**
   * How long a connection of a client may be idle, milliseconds. Longer than any load balancer keeps one, else its next request
   * meets our close. What the server has already is not shortened.
   * @default 95_000
   */
  readonly keepAliveMs?: number;
  /** @default Nest's logger */
  readonly log?: ProcessLog;
}

/** Of a load balancer that nobody has named. */
const DRAIN_DELAY_MS = 3_000;
const IN_FLIGHT_MS = 10_000;

const NAMES: SettingNames = {
  balancers: 'balancers',
  drainDelayMs: 'drainDelayMs',
  inFlightMs: 'inFlightMs',
  finishMs: 'finishMs',
  stopGraceMs: 'stopGraceMs',
};

/**
 * settingsOf is the options as the graceful shutdown reads them.
 * @param finishMs what the modules of the app say
 * @throws Error where the times do not fit together
 */
export function settingsOf(options: ShutdownOptions, app: { hasHttp: boolean; finishMs: number }): ShutdownSettings {
  const { balancers, drainDelayMs, inFlightMs = IN_FLIGHT_MS, finishMs = app.finishMs, stopGraceMs } = options;
  const unnamed = !app.hasHttp ? 0 : balancers === undefined ? DRAIN_DELAY_MS : undefined;
  const settings: ShutdownSettings = {
    NODE_ENV: 'development',
    BALANCER: balancers === undefined || balancers.length === 0 || !app.hasHttp ? ['none'] : [...balancers],
    SHUTDOWN_DRAIN_DELAY_MS: drainDelayMs ?? unnamed,
    SHUTDOWN_IN_FLIGHT_MS: inFlightMs,
    SHUTDOWN_FINISH_MS: finishMs,
    STOP_GRACE_MS: stopGraceMs,
  };
  const fault =
    drainDelayFault(settings, NAMES) ?? gracePeriodFault(shutdownTimeouts(settings), settings.STOP_GRACE_MS, NAMES);
  if (fault !== undefined) throw new Error(`ShutdownModule: ${fault}`);
  return settings;
}
