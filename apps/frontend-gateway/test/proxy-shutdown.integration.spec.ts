import { request, type ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { until } from './fleet/ask.ts';
import { opened } from './fleet/opened.ts';

const { replica: startReplica, gateway: startGateway } = opened();
const EVENTS = { 'content-type': 'text/event-stream; charset=utf-8' };

interface Stream {
  text: string;
  status: number;
  /** How it ended. */
  end: 'whole' | 'cut' | undefined;
}

function openStream(port: number): Stream {
  const stream: Stream = { text: '', status: 0, end: undefined };
  request({ port, path: '/api/stream', agent: false }, (answer) => {
    stream.status = answer.statusCode ?? 0;
    answer.setEncoding('utf8').on('data', (chunk: string) => (stream.text += chunk));
    answer.on('end', () => (stream.end = 'whole')).on('error', () => (stream.end = 'cut'));
  }).end();
  return stream;
}

/** A gateway, one replica whose answer the test writes, and a client that reads it. */
async function streaming(headers: Record<string, string>) {
  const answers: ServerResponse[] = [];
  let left = 0;
  const replica = await startReplica('api-1', (_request, response) => {
    response.writeHead(200, headers).flushHeaders();
    response.on('close', () => (left += 1));
    answers.push(response);
  });
  const gateway = await startGateway([replica]);
  const stream = openStream(gateway.port);
  await until(() => stream.status === 200);
  const write = async (text: string): Promise<void> => {
    const want = stream.text + text;
    answers[0]?.write(text);
    await until(() => stream.text === want);
  };
  return { gateway, stream, write, answer: answers[0]!, left: () => left };
}

describe('a gateway that shuts down', () => {
  it('ends a stream of events between two of them, with a hint to come back, and at the replica too', async () => {
    const { gateway, stream, write, left } = await streaming(EVENTS);
    await write('id: 1\ndata: 1\n\n');
    gateway.lifecycle.endStreams();
    await until(() => stream.end !== undefined);
    expect(stream.end).toBe('whole');
    expect(stream.text).toMatch(/^id: 1\ndata: 1\n\n: shutting down\nretry: \d+\n\n$/);
    await until(() => left() === 1 && gateway.lifecycle.inFlight === 0);
    expect(gateway.releases).toEqual(['ok']);
  });

  it('lets the event end that is passing, and nothing behind it', async () => {
    const { gateway, stream, write, answer } = await streaming(EVENTS);
    await write('id: 1\nda');
    gateway.lifecycle.endStreams();
    await write('ta: 1');
    expect(stream.end).toBeUndefined();
    answer.write('\n\nid: 2\ndata: 2\n\n');
    await until(() => stream.end !== undefined);
    expect(stream.end).toBe('whole');
    expect(stream.text).toMatch(/^id: 1\ndata: 1\n\n: shutting down\nretry: \d+\n\n$/);
  });

  it('answers a client that comes during the shutdown with the hint alone', async () => {
    const replica = await startReplica('api-1', (_request, response) => response.writeHead(200, EVENTS).flushHeaders());
    const gateway = await startGateway([replica]);
    gateway.lifecycle.endStreams();
    const stream = openStream(gateway.port);
    await until(() => stream.end !== undefined);
    expect(stream).toMatchObject({ end: 'whole', status: 200 });
    expect(stream.text).toMatch(/^: shutting down\nretry: \d+\n\n$/);
  });

  it.each([
    ['another media type', { 'content-type': 'application/x-ndjson' }],
    ['compressed events', { ...EVENTS, 'content-encoding': 'gzip' }],
    ['events of a known length', { ...EVENTS, 'content-length': '8' }],
  ])('leaves %s alone: only its replica knows how it ends', async (_name, headers: Record<string, string>) => {
    const { gateway, stream, write, answer } = await streaming(headers);
    await write('a: 1');
    gateway.lifecycle.endStreams();
    await write('\n\n');
    await write('.\n');
    answer.end();
    await until(() => stream.end !== undefined);
    expect(stream).toMatchObject({ end: 'whole', text: 'a: 1\n\n.\n' });
  });
});
