import type { Redis } from 'ioredis';

/** Heard is what has arrived from a node. Written to in place: each answer passes here. */
export interface Heard {
  /** When something last arrived, by `performance.now()`. */
  readonly atMs: number;
  readonly bytes: number;
  /** Reads of its socket. */
  readonly chunks: number;
}

/** Of short answers Redis sends few at a time. */
const LONG_ANSWER_CHUNK_BYTES = 8_192;

const heard = new WeakMap<Redis['stream'], Heard>();

/** heardFrom looks at the connection of a node from its first call on. */
export function heardFrom({ stream }: Pick<Redis, 'stream'>): Heard {
  const known = heard.get(stream);
  if (known !== undefined) return known;
  const counted = { atMs: -Infinity, bytes: 0, chunks: 0 };
  heard.set(stream, counted);
  stream.on('data', (chunk: Buffer) => {
    counted.atMs = performance.now();
    counted.bytes += chunk.length;
    counted.chunks += 1;
  });
  return counted;
}

/** isLongAnswer: most of what has arrived since belongs to answers that are longer than what is read at once. */
export const isLongAnswer = (now: Heard, { bytes, chunks }: Pick<Heard, 'bytes' | 'chunks'>): boolean =>
  now.chunks > chunks && now.bytes - bytes >= LONG_ANSWER_CHUNK_BYTES * (now.chunks - chunks);
