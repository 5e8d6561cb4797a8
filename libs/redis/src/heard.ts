import type { Redis } from 'ioredis';

const heardMs = new WeakMap<Redis['stream'], number>();

/** `lastHeardMs` is when something last arrived from a node, by `performance.now()`; it looks from its first call on. */
export function lastHeardMs({ stream }: Pick<Redis, 'stream'>): number {
  const known = heardMs.get(stream);
  if (known !== undefined) return known;
  heardMs.set(stream, -Infinity);
  stream.on('data', () => heardMs.set(stream, performance.now()));
  return -Infinity;
}
