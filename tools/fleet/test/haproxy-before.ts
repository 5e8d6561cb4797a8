import { describe } from '@jest/globals';
import { findHaproxy, type RunningHaproxy, startHaproxyBefore as start } from '../src/programs.ts';

const found = await findHaproxy().catch((fault: unknown) => {
  if (process.env['CI']) throw fault;
  console.warn(`HAPROXY IS NOT TESTED: ${String(fault)}`);
});
export const withHaproxy = found === undefined ? describe.skip : describe;

/** haproxyVersion is what is tested, as a number that can be compared: 2.6, 3. */
export const haproxyVersion = Number.parseFloat(found?.version ?? '0');

/** startHaproxyBefore runs HAProxy in front of one server, which is every service. @param change of edge-proxy.cfg */
export const startHaproxyBefore = (replicaPort: number, change?: (text: string) => string): Promise<RunningHaproxy> =>
  start({ path: found!.path, servers: { api: replicaPort, gateway: replicaPort }, ...(change && { change }) });
