import { createHash, type Hash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from '@jest/globals';
import { REQUEST_BUFFER_BYTES } from '../src/proxy/request-buffer.ts';
import { ask, until } from './fleet/ask.ts';
import { opened } from './fleet/opened.ts';
import { bodyHead } from './fleet/raw-client.ts';
import { echo } from './fleet/replica.ts';

const MIB = 1024 * 1024;
const { replica: startReplica, gateway: startGateway } = opened();

/** True once a number stays the same for a while. */
function stable(read: () => number, forMs = 300): () => boolean {
  let last = read();
  let sinceMs = performance.now();
  return () => {
    if (read() !== last) {
      last = read();
      sinceMs = performance.now();
    }
    return performance.now() - sinceMs > forMs;
  };
}

function* randomChunks(count: number, bytes: number, hash: Hash): Generator<Buffer> {
  for (let i = 0; i < count; i += 1) {
    const chunk = randomBytes(bytes);
    hash.update(chunk);
    yield chunk;
  }
}

describe('the proxy', () => {
  it('spreads requests over all replicas and says which one served', async () => {
    const replicas = await Promise.all(['api-1', 'api-2', 'api-3'].map((name) => startReplica(name, echo)));
    // What the default balancer makes of a replica that paused is its own tests' matter.
    const gateway = await startGateway(replicas, { UPSTREAM_BALANCER: 'round-robin' });
    const counts = new Map<string, number>();
    for (let i = 0; i < 90; i += 1) {
      const { headers } = await ask(gateway.port, '/api/');
      const servedBy = String(headers['x-served-by']);
      counts.set(servedBy, (counts.get(servedBy) ?? 0) + 1);
    }
    expect(Object.fromEntries(counts)).toEqual({ 'api-1': 30, 'api-2': 30, 'api-3': 30 });
    expect(gateway.releases).toHaveLength(90);
  });

  it('streams 20 MB both ways, whole and in order', async () => {
    const gateway = await startGateway([await startReplica('api-1', (req, res) => void req.pipe(res))]);
    const sent = createHash('sha256');
    const received = createHash('sha256');
    let bytes = 0;
    await new Promise<void>((resolve, reject) => {
      const outgoing = request({ port: gateway.port, path: '/api/values/a', method: 'POST', agent: false }, (res) => {
        res.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          received.update(chunk);
        });
        res.on('end', resolve).on('error', reject);
      });
      pipeline(Readable.from(randomChunks(320, 64 * 1024, sent)), outgoing).catch(reject);
    });
    expect(bytes).toBe(20 * MIB);
    expect(received.digest('hex')).toBe(sent.digest('hex'));
    expect(gateway.releases).toEqual(['ok']);
  });

  it('takes no more of a body than the replica reads', async () => {
    const replica = await startReplica('api-1', () => undefined);
    const gateway = await startGateway([replica]);
    const client = connect(gateway.port, '127.0.0.1');
    const total = 256 * MIB;
    client.write(`POST /api/jobs HTTP/1.1\r\nhost: x\r\ncontent-length: ${total}\r\n\r\n`);
    const chunk = Buffer.alloc(MIB);
    const more = (): void => {
      while (client.bytesWritten < total && client.write(chunk));
    };
    client.on('drain', more);
    more();
    const accepted = (): number => client.bytesWritten - client.writableLength;
    await until(() => replica.seen.length > 0);
    await until(stable(accepted));
    // What the kernel holds on two connections is all that may have left; a proxy that buffers takes everything.
    expect(accepted()).toBeLessThan(64 * MIB);
    client.destroy();
  });

  it('takes no more of an answer than the client reads', async () => {
    let written = 0;
    const replica = await startReplica('api-1', (_req, res) => {
      const chunk = Buffer.alloc(MIB);
      const more = (): void => {
        while (written < 256 * MIB) {
          written += MIB;
          if (!res.write(chunk)) {
            res.once('drain', more);
            return;
          }
        }
      };
      more();
    });
    const gateway = await startGateway([replica]);
    const client = connect(gateway.port, '127.0.0.1');
    client.pause();
    client.write('GET /api/whoami HTTP/1.1\r\nhost: x\r\n\r\n');
    await until(() => written > 0);
    await until(stable(() => written));
    expect(written).toBeLessThan(64 * MIB);
    client.destroy();
    await until(() => gateway.releases.length === 1);
  });

  it('passes each event of a stream on at once, and the head before the first', async () => {
    const steps: (() => void)[] = [];
    const replica = await startReplica('api-1', (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.flushHeaders();
      steps.push(
        () => res.write('data: 1\n\n'),
        () => res.write('data: 2\n\n'),
        () => res.end(),
      );
    });
    const gateway = await startGateway([replica]);
    let text = '';
    let ended = false;
    let status = 0;
    request(
      { port: gateway.port, path: '/api/events', agent: false, headers: { accept: 'text/event-stream' } },
      (res) => {
        status = res.statusCode ?? 0;
        res.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        res.on('end', () => (ended = true));
      },
    ).end();
    await until(() => status === 200);
    expect(text).toBe('');
    steps[0]?.();
    await until(() => text === 'data: 1\n\n');
    steps[1]?.();
    await until(() => text.endsWith('data: 2\n\n'));
    expect(ended).toBe(false);
    expect(gateway.releases).toEqual([]);
    steps[2]?.();
    await until(() => ended);
    expect(gateway.releases).toEqual(['ok']);
  });

  it('ends the request at the replica when the client goes away', async () => {
    let closed = 0;
    const replica = await startReplica('api-1', (req, res) => {
      res.on('close', () => (closed += 1));
      if (req.url === '/begun') res.write('x');
    });
    const gateway = await startGateway([replica]);
    for (const [path, count] of [
      ['/api/silent', 1],
      ['/api/begun', 2],
    ] as const) {
      const client = connect(gateway.port, '127.0.0.1');
      client.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
      await until(() => replica.seen.length === count);
      // An end of its side alone might be that of a client which waits for its answer.
      client.resetAndDestroy();
      await until(() => closed === count);
    }
    await until(() => gateway.releases.length === 2);
    expect(gateway.releases).toEqual(['unknown', 'ok']);
  });

  it('ends the request at the replica when the client goes away in the middle of its body', async () => {
    let aborted = false;
    const replica = await startReplica('api-1', (req) => void req.on('error', () => (aborted = true)).resume());
    const gateway = await startGateway([replica]);
    const client = connect(gateway.port, '127.0.0.1');
    client.write(bodyHead(REQUEST_BUFFER_BYTES + 2) + 'x'.repeat(REQUEST_BUFFER_BYTES + 1));
    await until(() => replica.seen.length === 1);
    client.destroy();
    await until(() => aborted);
    await until(() => gateway.lifecycle.inFlight === 0);
    expect(gateway.releases).toEqual(['unknown']);
  });

  it('asks no replica when the client goes away in the middle of a body that is buffered', async () => {
    const replica = await startReplica('api-1', echo);
    const gateway = await startGateway([replica]);
    const client = connect(gateway.port, '127.0.0.1');
    client.write(`${bodyHead(REQUEST_BUFFER_BYTES)}half`);
    await until(() => gateway.lifecycle.inFlight === 1);
    client.destroy();
    await until(() => gateway.lifecycle.inFlight === 0);
    expect([gateway.picks, replica.seen]).toEqual([[], []]);
  });

  it('keeps using a connection, and drops one that a draining replica closes', async () => {
    let isDraining = false;
    const replica = await startReplica('api-1', (req, res) => {
      if (isDraining) res.setHeader('connection', 'close');
      echo(req, res);
    });
    const gateway = await startGateway([replica]);
    for (let i = 0; i < 5; i += 1) await ask(gateway.port, '/api/');
    expect(replica.connections).toHaveLength(1);
    isDraining = true;
    for (let i = 0; i < 5; i += 1) expect((await ask(gateway.port, '/api/')).status).toBe(200);
    expect(replica.connections).toHaveLength(5);
  });
});
