import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { DeadlineError, withDeadline } from './deadline.ts';

describe('withDeadline', () => {
  it('passes answers and faults through', async () => {
    await expect(withDeadline(Promise.resolve(7), 1_000)).resolves.toBe(7);
    await expect(withDeadline(Promise.reject(new Error('no')), 1_000)).rejects.toThrow('no');
  });

  it.each([undefined, null, 'no', Object.freeze({ code: 5 })])('passes through what is no Error: %p', async (fault) => {
    const end = await withDeadline(Promise.reject(fault), 1_000).catch((thrown: unknown) => ({ thrown }));
    expect(end).toEqual({ thrown: fault });
  });

  it('rejects after the deadline and ignores what comes later, a rejection too', async () => {
    const work = Promise.withResolvers<number>();
    await expect(withDeadline(work.promise, 5)).rejects.toBeInstanceOf(DeadlineError);
    work.reject(new Error('late'));
    await expect(withDeadline(Promise.resolve(1), 5)).resolves.toBe(1);
  });

  it('takes an answer that has arrived while our own process stood still', async () => {
    const answer = Promise.withResolvers<unknown>();
    const server = createServer((socket) =>
      socket.once('data', () => {
        socket.end('late');
        // In one turn with the answer: it is there before the time is over, and nobody could read it yet.
        answer.resolve(withDeadline(received, 50));
        const startMs = performance.now();
        while (performance.now() - startMs < 80);
      }),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    const received = once(socket, 'data');
    socket.write('hello');
    await expect(answer.promise).resolves.toBeDefined();
    socket.destroy();
    server.close();
  });
});
