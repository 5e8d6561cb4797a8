import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from '@jest/globals';
import { opened } from './fleet/opened.ts';

const { replica: startReplica, gateway: startGateway } = opened();

const BODY_BYTES = 8 * 1024 * 1024;

it.each(['close', 'keep-alive'])(
  'a client that sends all of its body first still reads the refusal, with Connection: %s',
  async (connection) => {
    const replica = await startReplica('api-1', (request, response) => {
      response.writeHead(413, { 'content-length': 2 });
      response.end('no');
      request.resume();
    });
    const gateway = await startGateway([replica]);
    const socket = connect(gateway.port, '127.0.0.1');
    const head = [
      'PUT /api/values/a HTTP/1.1',
      'Host: x',
      `Content-Length: ${BODY_BYTES}`,
      `Connection: ${connection}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    // Half of it, and the rest only when the refusal must have come: the connection has to be there for it.
    socket.write(Buffer.alloc(BODY_BYTES / 2));
    await new Promise((resolve) => socket.once('readable', resolve));
    await new Promise((resolve) => socket.write(Buffer.alloc(BODY_BYTES / 4), resolve));
    await new Promise((resolve) => socket.write(Buffer.alloc(BODY_BYTES / 4), resolve));
    // One that keeps its connections is done when it says so.
    if (connection === 'keep-alive') socket.end();
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer.endsWith('no')).toBe(true);
  },
);
