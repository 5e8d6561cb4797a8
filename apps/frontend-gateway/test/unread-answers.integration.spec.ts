import type { RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from './fleet/ask.ts';
import { opened } from './fleet/opened.ts';
import { bodyHead, get, openRawClient, type RawClient } from './fleet/raw-client.ts';

const { replica: startReplica, gateway: startGateway } = opened();
const clients: RawClient[] = [];
afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.destroy();
});

const CHUNK = Buffer.alloc(65_536);
/** More than kernels keep of one connection. */
const LARGE = 1_024 * CHUNK.length;
/** So short that Node has all of it at once. */
const SMALL = 8_192;
const PIPELINED = 2_000;
const CUT_WITHIN_MS = 12_000;

const answerLarge: RequestListener = (request, response) => {
  request.resume();
  response.writeHead(200, { 'content-length': LARGE });
  const write = (): void => {
    while (!response.destroyed && response.write(CHUNK));
  };
  response.on('drain', write);
  write();
};

const answerSmall: RequestListener = (_request, response) => void response.end(Buffer.alloc(SMALL));

/** A client that reads nothing. */
async function unread(answer: RequestListener, first: string) {
  const gateway = await startGateway([await startReplica('api-1', answer)], { CLIENT_SEND_TIMEOUT_MS: '1000' });
  const client = openRawClient(gateway.port);
  clients.push(client);
  client.socket.pause();
  client.socket.write(first, 'latin1');
  return { gateway, client };
}

describe('a client that reads nothing while it goes on sending is cut', () => {
  it('the body of the request that is answered', async () => {
    const { gateway, client } = await unread(answerLarge, bodyHead(LARGE) + 'x'.repeat(100_000));
    await until(() => {
      client.socket.write('x'.repeat(100));
      return gateway.connections[0]?.destroyed === true;
    }, CUT_WITHIN_MS);
    await until(() => gateway.lifecycle.inFlight === 0);
    expect(gateway.releases).toEqual(['ok']);
  });

  it('the head of the next request', async () => {
    const { gateway, client } = await unread(answerLarge, `${get('/api/large')}GET /api/next HTTP/1.1\r\n`);
    await until(() => {
      client.socket.write('x: y\r\n');
      return gateway.connections[0]?.destroyed === true;
    }, CUT_WITHIN_MS);
    await until(() => gateway.lifecycle.inFlight === 0);
    expect(gateway.picks).toHaveLength(1);
  });

  it('requests behind short answers', async () => {
    const { gateway, client } = await unread(answerSmall, get('/api/small').repeat(PIPELINED));
    await until(() => {
      client.socket.write(get('/api/small'));
      return gateway.connections[0]?.destroyed === true;
    }, CUT_WITHIN_MS);
    await until(() => gateway.lifecycle.inFlight === 0);
    expect(gateway.releases).toHaveLength(gateway.picks.length);
  });
});
