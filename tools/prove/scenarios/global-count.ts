import type { Visit } from '@nestfleet/contracts';
import type { Door } from '../src/door.ts';

/** The global count, read by a visit, which counts itself. */
export async function globalCountOf(door: Door): Promise<number> {
  const { status, text } = await door.ask('/api/');
  if (status !== 200) throw new Error(`a visit was answered with ${status}: ${text.slice(0, 200)}`);
  return (JSON.parse(text) as Visit).global_count;
}
