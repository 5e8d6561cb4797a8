import type { Redis } from 'ioredis';

/** Written to in place: each answer passes here, and a WeakMap that is set for each costs every collection something. */
interface Heard {
  atMs: number;
}

const heard = new WeakMap<Redis['stream'], Heard>();

/** `lastHeardMs` is when something last arrived from a node, by `performance.now()`; it looks from its first call on. */
export function lastHeardMs({ stream }: Pick<Redis, 'stream'>): number {
  const known = heard.get(stream);
  if (known !== undefined) return known.atMs;
  const last: Heard = { atMs: -Infinity };
  heard.set(stream, last);
  stream.on('data', () => {
    last.atMs = performance.now();
  });
  return last.atMs;
}
