import { describe } from '@jest/globals';
import { findHaproxy, type RunningHaproxy, startHaproxyBefore as start } from '../src/programs.ts';

const found = await findHaproxy().catch((fault: unknown) => {
  if (process.env['CI']) throw fault;
  console.warn(`HAPROXY IS NOT TESTED: ${String(fault)}`);
});
export const withHaproxy = found === undefined ? describe.skip : describe;

/** startHaproxyBefore runs HAProxy in front of one server, which is every service. */
export const startHaproxyBefore = (replicaPort: number): Promise<RunningHaproxy> =>
  start({ path: found!.path, servers: { api: replicaPort, gateway: replicaPort } });
