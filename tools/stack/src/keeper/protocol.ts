import { z } from 'zod';

/** What a lease needs; a value is the path of the program to start if it does not run yet. */
export const leaseRequest = z.object({ redis: z.string().optional(), consul: z.string().optional() });
export type LeaseRequest = z.infer<typeof leaseRequest>;

/** The keeper's one answer to a request. Only what was asked for is in it. */
export const leaseReply = z.object({
  redis_url: z.string().optional(),
  consul_http_addr: z.string().optional(),
  fault: z.string().optional(),
});
export type LeaseReply = z.infer<typeof leaseReply>;

export const keeperCard = z.object({ pid: z.int(), socket: z.string() });

/** How a keeper is started: its only argument, as JSON. */
export const keeperSettings = z.object({
  dir: z.string(),
  linger_ms: z.int().describe('How long the servers stay when the last lease is gone'),
  temporary: z.boolean().describe('Nothing outlives the keeper: no append-only file, the folder goes at the end'),
});
export type KeeperSettings = z.infer<typeof keeperSettings>;

/** Cuts a stream into lines; answers a function to feed with chunks. A line longer than the bound is dropped. */
export function lineReader(onLine: (line: string) => void, lengthMax = 16_384): (chunk: Buffer | string) => void {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = (lines.pop() ?? '').slice(0, lengthMax);
    for (const line of lines) onLine(line);
  };
}
