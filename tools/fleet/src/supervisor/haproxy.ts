import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { routedServices } from '@nestfleet/contracts';
import { readText } from '../logs/log-file.ts';
import { startChild } from '../process/child.ts';
import { freePorts } from '@nestfleet/discovery/testing';
import { httpStatus } from '../process/http-status.ts';
import { serverEnv } from './environment.ts';
import type { ServerSpec } from './server-spec.ts';
import { writeAtomically } from '../process/write-atomically.ts';
import { PUBLIC_FD } from '../process/child.ts';
import { COUNT_MAX, slotsVariable } from '../core/services.ts';

const ANSWER_WITHIN_MS = 1_000;
/** A replica that is being replaced keeps its slot for seconds. */
const SLOTS = COUNT_MAX + 10;

export interface HaproxySettings {
  readonly binary: string;
  readonly version: string;
  /** deploy/haproxy: the same files as between containers. */
  readonly configDir: string;
  readonly dataDir: string;
  readonly logFile: string;
  /** Of the worker that serves; a path of at most 80 bytes, because HAProxy appends to it. */
  readonly socket: string;
  readonly readyWithinMs: number;
  readonly publicUrl: () => string;
  /** The public port, held open by the supervisor. */
  readonly publicFd: () => number | null;
  readonly consulDnsPort: () => number;
}

export const stateFileOf = (dataDir: string): string => join(dataDir, 'servers.state');

/** statsPasswordFile is where the password of the stats page's user `admin` lies, for people; mode 600. */
export const statsPasswordFile = (dataDir: string): string => join(dataDir, 'stats_password');

/** Who may see the statistics, in HAProxy's words; the password is made once and kept. Mode 600. */
function usersFile(dataDir: string): string {
  const path = join(dataDir, 'stats_users.cfg');
  const passwordFile = statsPasswordFile(dataDir);
  if (readText(path) === undefined || readText(passwordFile) === undefined) {
    const password = randomBytes(18).toString('base64url');
    writeAtomically(path, `userlist stats\n    user admin insecure-password ${password}\n`);
    writeAtomically(passwordFile, `${password}\n`);
  }
  return path;
}

/**
 * haproxySpec is HAProxy as the edge proxy, with the files of deploy/haproxy. It takes the public port from the supervisor,
 * so that connections wait while it is started again. Ready is a worker that answers, though no replica may be there yet.
 */
export function haproxySpec(settings: HaproxySettings): ServerSpec {
  const { configDir, dataDir, logFile, socket } = settings;
  let healthPort = 0;
  return {
    name: 'edge-proxy',
    url: settings.publicUrl,
    version: settings.version,
    logFile,
    readyWithinMs: settings.readyWithinMs,
    graceMs: 10_000,
    // SIGTERM would cut what is on its way.
    endSignal: 'SIGUSR1',
    // It waits for clients that hold a connection and have nothing to ask; what is asked ends within its deadline.
    whenKilled: 'edge-proxy: idle connections of clients are cut',
    start: async () => {
      [healthPort = 0] = await freePorts(1);
      const state = stateFileOf(dataDir);
      if (readText(state) === undefined) writeAtomically(state, '1\n');
      const files = [join(configDir, 'edge-proxy.cfg'), usersFile(dataDir), join(configDir, 'consul.cfg')];
      const publicFd = settings.publicFd();
      return startChild({
        command: settings.binary,
        args: ['-W', ...files.flatMap((file) => ['-f', file])],
        env: {
          ...serverEnv(process.env),
          TLS: '0',
          DOMAIN: process.env['DOMAIN'] || 'localhost',
          EDGE_PROXY_DIR: configDir,
          EDGE_PROXY_BIND: `fd@${PUBLIC_FD}`,
          EDGE_PROXY_HEALTH: `127.0.0.1:${healthPort}`,
          EDGE_PROXY_SOCKET: socket,
          EDGE_PROXY_STATE: state,
          CONSUL_DNS_PORT: String(settings.consulDnsPort()),
          ...Object.fromEntries(routedServices.map((service) => [slotsVariable(service), String(SLOTS)])),
        },
        logFile,
        ...(publicFd === null ? {} : { publicFd }),
      });
    },
    probe: async () => {
      // 503 says that a replica is missing, which is for those to judge who know how many there are to be.
      await httpStatus(`http://127.0.0.1:${healthPort}/up`, ANSWER_WITHIN_MS);
      return { ready: true };
    },
  };
}
