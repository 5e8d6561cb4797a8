import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { agentSend } from '../src/consul/agent-send.ts';

let server: Server | undefined;
afterEach(() => void server?.close());

/** An agent, or a proxy before it, that says these bytes to whoever asks. */
async function says(bytes: string): Promise<URL> {
  server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => socket.end(bytes, 'latin1'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/status/leader`);
}

describe('an agent with a malformed answer', () => {
  it.each([
    ['status 600', 'HTTP/1.1 600 X\r\ncontent-length: 2\r\n\r\nok'],
    ['status 999', 'HTTP/1.1 999 X\r\ncontent-length: 0\r\n\r\n'],
    ['status 000', 'HTTP/1.1 000 X\r\ncontent-length: 0\r\n\r\n'],
    ['status 101', 'HTTP/1.1 101 X\r\n\r\nraw'],
    ['205 with a body', 'HTTP/1.1 205 X\r\ncontent-length: 2\r\n\r\nok'],
    ['no HTTP', '\x00\x01garbage\r\n\r\n'],
  ])('is an error of this one question: %s', async (_what, bytes) => {
    const init = { method: 'GET', headers: {}, signal: AbortSignal.timeout(5_000), timeoutMs: 5_000 };
    await expect(agentSend()(await says(bytes), init)).rejects.toThrow(
      /range of 200 to 599|body|[Pp]arse|Response|status/,
    );
  });

  it('is none where its words have any bytes', async () => {
    const bytes = 'HTTP/1.1 200 caf\xe9\r\nx-name: \x80\xff\r\ncontent-length: 2\r\n\r\nok';
    const init = { method: 'GET', headers: {}, signal: AbortSignal.timeout(5_000), timeoutMs: 5_000 };
    const answer = await agentSend()(await says(bytes), init);
    expect([answer.status, answer.headers.get('x-name'), await answer.text()]).toEqual([200, '\x80\xff', 'ok']);
  });
});
