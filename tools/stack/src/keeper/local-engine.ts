import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fleetState, type FleetState } from '@nestfleet/contracts';
import { isRunning } from '../process/identity.ts';

const answerWithinMs = 500;

/** Addresses of the servers that a running fleet of this clone keeps. */
export interface EngineServers {
  redisUrl: string;
  consulAddress: string;
  namespace: string;
}

export function serversOf(state: FleetState): EngineServers | undefined {
  const urlOf = (name: string): string | undefined => state.servers.find((server) => server.name === name)?.url;
  const redisUrl = urlOf('redis');
  const consulAddress = urlOf('consul');
  if (redisUrl === undefined || consulAddress === undefined) return undefined;
  return { redisUrl, consulAddress, namespace: state.namespace };
}

async function accepts(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(answerWithinMs) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** The servers of the local engine of this clone, when it is up and they answer. */
export async function engineServers(stackDir: string): Promise<EngineServers | undefined> {
  let state: FleetState;
  try {
    state = fleetState.parse(JSON.parse(readFileSync(join(stackDir, 'fleet.json'), 'utf8')));
  } catch {
    return undefined;
  }
  const servers = isRunning({ pid: state.supervisor.pid, startedAtMs: state.supervisor.started_at_ms })
    ? serversOf(state)
    : undefined;
  if (servers === undefined) return undefined;
  const answers = await Promise.all([accepts(servers.redisUrl), accepts(servers.consulAddress)]);
  return answers.every(Boolean) ? servers : undefined;
}
