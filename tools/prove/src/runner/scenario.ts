import type { NetNamespace } from '@nestfleet/discovery/testing';
import type { RedisSentinels } from '@nestfleet/redis/testing';
import type { Finding } from '../checkers/finding.ts';
import type { EdgeProxy } from '../client/edge-proxy.ts';
import type { Balancer, Counts, Engine, Fsync } from '../driver/fleet-options.ts';
import type { Ability, FleetDriver } from '../driver/fleet-driver.ts';
import type { LoadPlan, RunningLoad } from '../load/workers.ts';
import type { Random } from '../load/random.ts';
import type { TestBuild } from '../seeded-bugs/test-builds.ts';
import type { Releases } from './releases.ts';

/** Each tier has those before it: `quick` in 5 minutes, `core` in 30, `all` in 80. */
export const TIERS = ['quick', 'core', 'all'] as const;
export type Tier = (typeof TIERS)[number];

/** A Scenario injects one fault into a fleet under load, and names what must hold all the while. */
export interface Scenario {
  /** Word for `--only`. */
  readonly name: string;
  /** What is done to the fleet. */
  readonly fault: string;
  /** What kind of requests clients send meanwhile. How many were sent, and how fast, is counted in each run. */
  readonly load: string;
  /** What must hold. */
  readonly invariant: string;
  /** The numbers that it is held to. */
  readonly bound: string;
  readonly engines: readonly Engine[];
  /** Edge proxies behind which it says something; all of them unless named. */
  readonly balancers?: readonly Balancer[];
  /** Restarts a gateway: where the only one is the edge proxy itself, that is an outage. */
  readonly needsTwoGateways?: boolean;
  /** What it does to the fleet that not every fleet lets a proof do; skipped where this one does not. */
  readonly needs?: readonly Ability[];
  /** The cheapest tier that runs it. */
  readonly tier: Tier;
  /** How many replicas it needs at its beginning, where that is not the usual number. */
  readonly counts?: Counts;
  /** How safe its Redis keeps what it has acknowledged; `everysec` unless said otherwise. */
  readonly fsync?: Fsync;
  /** Its Redis is a primary with replicas, watched by Sentinels. Processes only. */
  readonly isBehindSentinels?: true;
  /** Replicas and Sentinels are in a network of their own, which can be cut off; beside `isBehindSentinels`. */
  readonly isInTwoNetworks?: true;
  /** Why this machine cannot run it; undefined where it can. */
  readonly obstacle?: () => Promise<string | undefined>;
  /** Apps that do what no app does for its users. Processes only. */
  readonly testBuild?: TestBuild;
  /** The release that the fleet is rolled to and back from, beside `testBuild`. Processes only. */
  readonly nextRelease?: TestBuild;
  /** Variables of all apps. Processes only. */
  readonly variables?: Readonly<Record<string, string>>;
  run(context: ScenarioContext): Promise<void>;
}

export interface ScenarioContext {
  readonly driver: FleetDriver;
  readonly edge: EdgeProxy;
  /** Undefined for a scenario that is not behind any. */
  readonly sentinels: RedisSentinels | undefined;
  /** That of replicas and Sentinels, where they have one. */
  readonly network: NetNamespace | undefined;
  /** Undefined for a scenario that has no next release. */
  readonly releases: Releases | undefined;
  /** All choices come from it, so that a seed replays them. */
  readonly random: Random;
  /** Shorter faults, fewer rounds. */
  readonly isQuick: boolean;
  /** Longer faults too. */
  readonly isAll: boolean;
  /** Requests a second: what the scenario asks for, unless this run is held to less. */
  readonly rate: (perSecond: number) => number;
  /** Starts clients. They are stopped at the end whatever happens, and what they saw is kept for a failed run. */
  readonly load: (plan: Pick<LoadPlan, 'perSecond' | 'mix'> & Partial<LoadPlan>) => Promise<RunningLoad>;
  /** Records that no load has, to be kept for a failed run. */
  readonly keep: (records: readonly object[]) => void;
  /** What must hold. A fault does not end the run: one run shows all of them. */
  readonly expect: (found: Finding) => void;
  /** A number for the table. */
  readonly note: (words: string) => void;
  /** Milliseconds since 1970, on the clock of the history. */
  readonly nowMs: () => number;
}
