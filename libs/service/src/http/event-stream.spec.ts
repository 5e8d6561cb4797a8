import { describe, expect, it } from '@jest/globals';
import { endGracefully, reconnectHint } from './event-stream.ts';

async function* numbers(count: number): AsyncGenerator<string> {
  for (let n = 0; n < count; n += 1) yield `id: ${n}\n\n`;
}

/** Yields one event, and then nothing more until it is closed. */
function silent() {
  const state = { closed: false };
  const events: AsyncIterable<string> = {
    [Symbol.asyncIterator]: () => {
      let sent = false;
      return {
        next: () => {
          if (sent) return new Promise(() => undefined);
          sent = true;
          return Promise.resolve({ done: false, value: 'id: 0\n\n' });
        },
        return: async () => {
          state.closed = true;
          return { done: true, value: undefined };
        },
      };
    },
  };
  return { state, events };
}

async function collect(events: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const event of events) all.push(event);
  return all;
}

describe('reconnectHint', () => {
  it.each([
    [0, 200],
    [0.5, 1_100],
    [0.999999, 1_999],
  ])('with chance %d says to reconnect after %i ms, and is no event', (chance, ms) => {
    expect(reconnectHint(() => chance)).toBe(`: shutting down\nretry: ${ms}\n\n`);
  });
});

describe('endGracefully', () => {
  it('passes all events where nothing shuts down', async () => {
    expect(await collect(endGracefully(numbers(3), new AbortController().signal))).toEqual([
      'id: 0\n\n',
      'id: 1\n\n',
      'id: 2\n\n',
    ]);
  });

  it('ends a silent stream with the hint at once, and its source', async () => {
    const ending = new AbortController();
    const { events, state } = silent();
    const stream = endGracefully(events, ending.signal, () => 0);
    expect((await stream.next()).value).toBe('id: 0\n\n');
    const last = stream.next();
    ending.abort();
    expect((await last).value).toBe(': shutting down\nretry: 200\n\n');
    expect((await stream.next()).done).toBe(true);
    expect(state.closed).toBe(true);
  });

  it('sends one that begins late away at once', async () => {
    const { events, state } = silent();
    expect(await collect(endGracefully(events, AbortSignal.abort(), () => 0))).toEqual([reconnectHint(() => 0)]);
    expect(state.closed).toBe(true);
  });

  it('ends its source when the client goes', async () => {
    const { events, state } = silent();
    const stream = endGracefully(events, new AbortController().signal);
    await stream.next();
    await stream.return(undefined);
    expect(state.closed).toBe(true);
  });
});
