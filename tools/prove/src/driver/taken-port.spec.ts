import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { drawAgainIfTaken } from './taken-port.ts';

/** A start that fails with one of these after the other, and then well. */
function failing(...words: string[]) {
  const seen = { starts: 0 };
  const start = async (): Promise<string> => {
    const fault = words[seen.starts++];
    if (fault !== undefined) throw new Error(fault);
    return 'up';
  };
  return { seen, start };
}

describe('a port that is taken between its draw and its use', () => {
  it.each([
    'make up ended with 2:\nport 21234 is in use by pid 7 (node); use make up PORT=<another>',
    'listen EADDRINUSE: address already in use 127.0.0.1:21234',
    '[ALERT] (7) : Binding [static.cfg:31] for frontend edge-proxy: cannot bind socket (Address already in use) for [127.0.0.1:21234]',
    'Bind for 127.0.0.1:21234 failed: port is already allocated',
  ])('has another one drawn: %s', async (words) => {
    const { seen, start } = failing(words, words);
    expect(await drawAgainIfTaken(start)).toBe('up');
    expect(seen.starts).toBe(3);
  });

  it('is given up after three', async () => {
    const { seen, start } = failing(...Array.from({ length: 4 }, () => 'EADDRINUSE'));
    await expect(drawAgainIfTaken(start)).rejects.toThrow('EADDRINUSE');
    expect(seen.starts).toBe(3);
  });

  it('is known by what the system says here', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    let { port } = taken.address() as AddressInfo;
    const second = await drawAgainIfTaken(async () => {
      const server = createServer().listen(port, '127.0.0.1');
      port = 0;
      await once(server, 'listening');
      return server;
    });
    expect(second.listening).toBe(true);
    for (const server of [taken, second]) server.close();
  });
});

it('another fault is thrown at once', async () => {
  const { seen, start } = failing('api-1 did not get ready');
  await expect(drawAgainIfTaken(start)).rejects.toThrow('did not get ready');
  expect(seen.starts).toBe(1);
});
