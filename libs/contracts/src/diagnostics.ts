import { z } from 'zod';

/**
 * Routes that show what a front door does to headers, streams and large bodies; on only where DIAGNOSTIC_ROUTES says so.
 */
const headerPair = z.tuple([z.string(), z.string()]);

export const arrivedHeaders = z
  .object({
    pairs: z.array(headerPair).describe('Name and value of each header line, in order, as the replica read them'),
    client: z.string().describe('Whom the replica takes for the client, after the proxies that it trusts'),
    protocol: z.string(),
    host: z.string(),
    served_by: z.string(),
  })
  .meta({ id: 'ArrivedHeaders' });
export type ArrivedHeaders = z.infer<typeof arrivedHeaders>;

export const streamQuery = z.strictObject({
  events: z.coerce.number().int().min(1).max(10_000).default(10).describe('How many events'),
  interval_ms: z.coerce.number().int().min(0).max(60_000).default(100).describe('Milliseconds between two of them'),
});
export type StreamQuery = z.infer<typeof streamQuery>;

/** `data` of one event. */
export const streamEvent = z.object({ index: z.int(), of: z.int(), sent_at_ms: z.number() });
export type StreamEvent = z.infer<typeof streamEvent>;

export const waitQuery = z.strictObject({
  ms: z.coerce.number().int().min(0).max(60_000).describe('Milliseconds until the answer'),
});
export type WaitQuery = z.infer<typeof waitQuery>;

export const waited = z.object({ waited_ms: z.int(), served_by: z.string() }).meta({ id: 'Waited' });
export type Waited = z.infer<typeof waited>;

/** Largest answer of `GET /diagnostics/bytes`. */
export const BYTES_MAX = 1024 * 1024 * 1024;

export const bytesQuery = z.strictObject({
  size: z.coerce.number().int().min(0).max(BYTES_MAX).describe('How many bytes'),
});
export type BytesQuery = z.infer<typeof bytesQuery>;

export const bytesReceipt = z
  .object({
    bytes: z.int(),
    sha256: z.string(),
    took_ms: z.number().describe('From the head of the request to the last byte of its body, as the replica saw it'),
    served_by: z.string(),
  })
  .meta({ id: 'BytesReceipt' });
export type BytesReceipt = z.infer<typeof bytesReceipt>;

const BLOCK_BYTES = 65_536;

/** The bytes of `GET /diagnostics/bytes`: each block begins with its number, so that a lost or doubled one shows. */
export function* patternBlocks(size: number): Generator<Uint8Array<ArrayBuffer>> {
  for (let number = 0, left = size; left > 0; number += 1, left -= BLOCK_BYTES) {
    const block = new Uint8Array(Math.min(BLOCK_BYTES, left)).fill(number % 251);
    if (block.length >= 4) new DataView(block.buffer).setUint32(0, number);
    yield block;
  }
}
