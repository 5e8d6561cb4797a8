import { z } from 'zod';
import { servedBy } from './served-by.ts';
import { wholeNumber } from './whole-number.ts';

/**
 * Routes that show what a load balancer does to headers, streams and large bodies; on only where DIAGNOSTIC_ROUTES says so.
 */
const headerPair = z.tuple([z.string(), z.string()]);

export const arrivedHeaders = z
  .object({
    pairs: z.array(headerPair).describe('Name and value of each header line, in order, as the replica read them'),
    client: z.string().describe('Whom the replica takes for the client, after the proxies that it trusts'),
    protocol: z.string().describe('http or https, as the client used it'),
    host: z.string().describe('The host that the client asked for'),
    served_by: servedBy,
  })
  .meta({
    id: 'ArrivedHeaders',
    description: 'The headers as they arrived',
    examples: [
      {
        pairs: [['Host', 'localhost:8080']],
        client: '203.0.113.7',
        protocol: 'http',
        host: 'localhost:8080',
        served_by: 'api-2',
      },
    ],
  });
export type ArrivedHeaders = z.infer<typeof arrivedHeaders>;

export const streamQuery = z.strictObject({
  events: wholeNumber(1, 10_000).prefault(10).describe('How many events'),
  interval_ms: wholeNumber(0, 60_000).prefault(100).describe('Milliseconds between two of them'),
});
export type StreamQuery = z.infer<typeof streamQuery>;

/** `data` of one event. */
export const streamEvent = z.object({ index: z.int(), of: z.int(), sent_at_ms: z.number() });
export type StreamEvent = z.infer<typeof streamEvent>;

export const waitQuery = z.strictObject({
  ms: wholeNumber(0, 60_000, { examples: [250] }).describe('Milliseconds until the answer'),
});
export type WaitQuery = z.infer<typeof waitQuery>;

export const waited = z.object({ waited_ms: z.int().describe('Milliseconds'), served_by: servedBy }).meta({
  id: 'Waited',
  description: 'The time is over',
  examples: [{ waited_ms: 250, served_by: 'api-2' }],
});
export type Waited = z.infer<typeof waited>;

/** Largest answer of `GET /diagnostics/bytes`. */
export const BYTES_MAX = 1024 * 1024 * 1024;

export const bytesQuery = z.strictObject({
  size: wholeNumber(0, BYTES_MAX, { examples: [1024] }).describe('How many bytes'),
});
export type BytesQuery = z.infer<typeof bytesQuery>;

export const bytesReceipt = z
  .object({
    bytes: z.int().describe('How many came'),
    sha256: z.string().describe('Their hash, hexadecimal'),
    took_ms: z.number().describe('From the head of the request to the last byte of its body, as the replica saw it'),
    served_by: servedBy,
  })
  .meta({
    id: 'BytesReceipt',
    description: 'What arrived',
    examples: [
      {
        bytes: 3,
        sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
        took_ms: 2,
        served_by: 'api-2',
      },
    ],
  });
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
