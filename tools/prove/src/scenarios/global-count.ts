import type { Visit } from '@nestfleet/contracts';
import type { EdgeProxy } from '../client/edge-proxy.ts';

/** The global count, read by a visit, which counts itself. */
export async function globalCountOf(edge: EdgeProxy): Promise<number> {
  const { status, text } = await edge.ask('/api/');
  if (status !== 200) throw new Error(`a visit was answered with ${status}: ${text.slice(0, 200)}`);
  return (JSON.parse(text) as Visit).global_count;
}
