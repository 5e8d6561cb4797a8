import { join } from 'node:path';
import { connectSupervisor, giveOrder } from '../control/client.ts';
import { countsInWords, noCounts, serviceOf } from '../core/services.ts';
import { StackFault } from '../faults.ts';
import { findConsul, findHaproxy, findRedisServer } from '../servers/find.ts';
import { makeStackPlace, type StackPlace } from '../stack-place.ts';
import { foreignRedisUrl } from '../supervisor/environment.ts';
import { LOCAL_DOORS, type LocalDoor } from '../supervisor/settings.ts';
import { readState } from '../supervisor/state-file.ts';
import { addressLines } from './addresses.ts';
import type { Command } from './arguments.ts';
import { buildApps, checkBuilt } from './build.ts';
import type { CommandContext } from './context.ts';
import { startSupervisor } from './start-supervisor.ts';

const seconds = (sinceMs: number): string => `${((performance.now() - sinceMs) / 1_000).toFixed(1)} s`;

/** Builds, starts what does not run yet, and returns when all is ready. @throws StackFault */
export async function up(context: CommandContext, { counts, port }: Extract<Command, { name: 'up' }>): Promise<void> {
  const { print, appsDir } = context;
  const startMs = performance.now();
  const place = makeStackPlace(context.stackDir);
  if (context.buildsApps) {
    print('building the apps');
    await buildApps(context);
    print(`  built in ${seconds(startMs)}`);
  }
  checkBuilt(appsDir);
  const builtMs = performance.now();
  const wasUp = await connectSupervisor(place);
  const socket = wasUp ?? (await start(context, place));
  const balancer = localDoor(context);
  const order = {
    do: 'up',
    counts,
    host: context.publicHost,
    ...(port === undefined ? {} : { port }),
    ...(balancer === undefined ? {} : { balancer }),
  } as const;
  await giveOrder(socket, order, (line) => print(`  ${line}`));

  const state = readState(place.state);
  if (state === undefined) throw new StackFault('supervisor_lost', `${place.state} cannot be read`);
  const running = { ...noCounts };
  for (const replica of state.replicas) {
    const service = serviceOf(replica.service);
    if (service !== undefined) running[service] += 1;
  }
  print(
    `${countsInWords(running)} ready (${wasUp ? 'was up' : `started in ${seconds(builtMs)}`}, ${seconds(startMs)} in all)`,
  );
  for (const line of addressLines(state, place)) print(line);
}

async function start(context: CommandContext, place: StackPlace) {
  const say = (line: string): void => context.print(`  ${line}`);
  const isForeign = foreignRedisUrl(process.env) !== undefined;
  const [redis, consul] = await Promise.all([isForeign ? null : findRedisServer({ say }), findConsul({ say })]);
  const balancer = localDoor(context) ?? 'gateway';
  const haproxy = balancer === 'haproxy-consul' ? await findHaproxy({ say }) : undefined;
  const door = haproxy === undefined ? '' : `, HAProxy ${haproxy.version} (${haproxy.source})`;
  const store = redis === null ? 'the Redis of STACK_REDIS_URL' : `Redis ${redis.version} (${redis.source})`;
  say(`${store}, Consul ${consul.version} (${consul.source})${door}`);
  const { appsDir, namespace, fsync, readyWithinMs } = context;
  return startSupervisor(place, {
    dir: place.dir,
    appsDir,
    namespace,
    redis,
    consul,
    balancer,
    balancers: [balancer, ...(context.asked.alsoBehind ?? [])],
    haproxy: haproxy === undefined ? null : { ...haproxy, configDir: join(context.root, 'deploy/haproxy') },
    fsync,
    readyWithinMs,
  });
}

/** The engine was chosen by what was asked, so it is one of these or none. */
const localDoor = ({ asked }: CommandContext): LocalDoor | undefined =>
  LOCAL_DOORS.find((each) => each === asked.balancer);
