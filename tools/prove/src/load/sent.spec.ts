import { describe, expect, it } from '@jest/globals';
import { formatSentLoad } from './sent.ts';

const each = (count: number, connection: 'new' | 'kept', retryPolicy: 'idempotent' | 'connect-failure') =>
  Array.from({ length: count }, (_, at) => ({ invokedMs: 1_000 + at * 100, connection, retryPolicy }));

describe('formatSentLoad', () => {
  it('counts what was sent, over all loads of a run', () => {
    const loads = [each(51, 'new', 'idempotent'), each(31, 'kept', 'idempotent'), each(18, 'kept', 'connect-failure')];
    expect(formatSentLoad(loads)).toBe(
      'sent 100 requests in 5.0 s, 20/s (51 % over new connections, 18 % never to be sent twice)',
    );
  });

  it('says nothing of what no record tells', () => {
    expect(formatSentLoad([[{ invokedMs: 1_000 }, { invokedMs: 3_000 }, { note: 'no request' }]])).toBe(
      'sent 2 requests in 2.0 s, 1/s',
    );
    expect(formatSentLoad([[{ invokedMs: 5 }]])).toBe('sent 1 requests in 0.0 s');
    expect(formatSentLoad([[], []])).toBe('sent no request');
  });
});
