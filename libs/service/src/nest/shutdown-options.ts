import type { BalancerKind } from '../config/base-config.ts';
import type { ProcessLog, ShutdownSettings } from '../shutdown/graceful-shutdown.ts';
import { drainDelayFault, gracePeriodFault, type SettingNames, shutdownTimeouts } from '../shutdown/timeouts.ts';
import { ShutdownModuleError } from './errors.ts';

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
   * @default by `balancers`; in an app without HTTP 0, or that of `gateway` where a module enters it in a catalog
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
  /**
   * Whether a fault that nothing caught ends the process, gracefully and with 70. False: whatever the app's own listeners of
   * `uncaughtException` do, or else Node.
   * @default true
   */
  readonly endsOnFault?: boolean;
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

/** AppFacts are what the settings depend on beside the options. */
export interface AppFacts {
  readonly hasHttp: boolean;
  /** A module tells a catalog that nobody is to call this app any more. */
  readonly isInCatalog: boolean;
  /** What the modules of the app say. */
  readonly finishMs: number;
}

/** Who routes to it, where nobody has said so. */
function unnamedBalancers({ hasHttp, isInCatalog }: AppFacts): readonly BalancerKind[] {
  return !hasHttp && isInCatalog ? ['gateway'] : ['none'];
}

/**
 * settingsOf is the options as the graceful shutdown reads them.
 * @throws ShutdownModuleError `invalid_settings` where the times do not fit together
 */
export function settingsOf(options: ShutdownOptions, app: AppFacts): ShutdownSettings {
  const {
    balancers = unnamedBalancers(app),
    inFlightMs = IN_FLIGHT_MS,
    finishMs = app.finishMs,
    stopGraceMs,
  } = options;
  const unnamedMs = options.balancers === undefined && app.hasHttp ? DRAIN_DELAY_MS : undefined;
  const settings: ShutdownSettings = {
    NODE_ENV: 'development',
    BALANCER: balancers.length === 0 ? ['none'] : [...balancers],
    SHUTDOWN_DRAIN_DELAY_MS: options.drainDelayMs ?? unnamedMs,
    SHUTDOWN_IN_FLIGHT_MS: inFlightMs,
    SHUTDOWN_FINISH_MS: finishMs,
    STOP_GRACE_MS: stopGraceMs,
  };
  const fault =
    drainDelayFault(settings, NAMES) ?? gracePeriodFault(shutdownTimeouts(settings), settings.STOP_GRACE_MS, NAMES);
  if (fault !== undefined) throw new ShutdownModuleError('invalid_settings', `ShutdownModule: ${fault}`);
  return settings;
}
