import { join } from 'node:path';
import { connectSupervisor, sendRequest } from '../control/client.ts';
import { startTime } from '../process/identity.ts';
import { countsOf, formatCounts } from '../core/services.ts';
import { StackFault } from '../core/faults.ts';
import { findConsul, findHaproxy, findRedisServer } from '../servers/find.ts';
import { makeStackPaths, type StackPaths } from '../core/stack-paths.ts';
import { foreignRedisUrl } from '../supervisor/environment.ts';
import { LOCAL_EDGE_PROXIES, type LocalEdgeProxy } from '../core/supervisor-settings.ts';
import { readState } from '../supervisor/state-file.ts';
import { addressLines } from './addresses.ts';
import type { Command } from '../core/command.ts';
import { buildApps, checkBuilt } from './build.ts';
import type { CommandContext } from '../core/context.ts';
import { startSupervisor } from './start-supervisor.ts';

const seconds = (sinceMs: number): string => `${((performance.now() - sinceMs) / 1_000).toFixed(1)} s`;

/** up builds, starts what does not run yet, and returns when all is ready. @throws StackFault */
export async function up(context: CommandContext, { counts, port }: Extract<Command, { name: 'up' }>): Promise<void> {
  const { print, appsDir } = context;
  const startMs = performance.now();
  const paths = makeStackPaths(context.stackDir);
  if (context.buildsApps) {
    print('building the apps');
    await buildApps(context);
    print(`  built in ${seconds(startMs)}`);
  }
  checkBuilt(appsDir);
  const builtMs = performance.now();
  const wasUp = await connectSupervisor(paths);
  const socket = wasUp ?? (await start(context, paths));
  const balancer = localEdgeProxy(context);
  const request = {
    do: 'up',
    counts,
    host: context.publicHost,
    ...(port === undefined ? {} : { port }),
    ...(balancer === undefined ? {} : { balancer }),
  } as const;
  await sendRequest(socket, request, (line) => print(`  ${line}`));

  const state = readState(paths.state);
  if (state === undefined) throw new StackFault('supervisor_lost', `${paths.state} cannot be read`);
  print(
    `${formatCounts(countsOf(state.replicas))} ready (${wasUp ? 'was up' : `started in ${seconds(builtMs)}`}, ${seconds(startMs)} in all)`,
  );
  for (const line of addressLines(state, paths)) print(line);
}

async function start(context: CommandContext, paths: StackPaths) {
  const say = (line: string): void => context.print(`  ${line}`);
  const isForeign = foreignRedisUrl(process.env) !== undefined;
  const [redis, consul] = await Promise.all([isForeign ? null : findRedisServer({ say }), findConsul({ say })]);
  const balancer = localEdgeProxy(context) ?? 'gateway';
  const haproxy = balancer === 'haproxy-consul' ? await findHaproxy({ say }) : undefined;
  const proxy = haproxy === undefined ? '' : `, HAProxy ${haproxy.version} (${haproxy.source})`;
  const store = redis === null ? 'the Redis of STACK_REDIS_URL' : `Redis ${redis.version} (${redis.source})`;
  say(`${store}, Consul ${consul.version} (${consul.source})${proxy}`);
  const { appsDir, namespace, fsync, readyWithinMs, ownerPid } = context;
  const startedAtMs = Number.isNaN(ownerPid) ? undefined : startTime(ownerPid);
  if (startedAtMs === undefined && !Number.isNaN(ownerPid))
    throw new StackFault('bad_argument', `STACK_OWNER_PID=${ownerPid} is no process that runs`);
  return startSupervisor(paths, {
    dir: paths.dir,
    appsDir,
    namespace,
    redis,
    consul,
    balancer,
    balancers: [balancer, ...(context.options.externalProxies ?? [])],
    haproxy: haproxy === undefined ? null : { ...haproxy, configDir: join(context.root, 'deploy/haproxy') },
    fsync,
    readyWithinMs,
    isFleet: true,
    isTemporary: false,
    owner: startedAtMs === undefined ? undefined : { pid: ownerPid, startedAtMs },
  });
}

/** localEdgeProxy is one of these or none, since the engine was chosen by the options. */
const localEdgeProxy = ({ options }: CommandContext): LocalEdgeProxy | undefined =>
  LOCAL_EDGE_PROXIES.find((each) => each === options.balancer);
