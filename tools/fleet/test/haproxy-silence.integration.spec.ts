import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import type { RunningHaproxy } from '../src/programs.ts';
import { haproxyVersion, startHaproxyBefore, withHaproxy } from './haproxy-before.ts';

const SOON_MS = 20_000;
const EVENTS = 'text/event-stream';
/** Before 3.0 HAProxy knows no timeout that an answer sets. */
const isByAnswer = haproxyVersion >= 3;

const replaced = (text: string, from: string, to: string): string => {
  if (!text.includes(from)) throw new Error(`HAProxy's configuration has no ${from}`);
  return text.replace(from, to);
};
const shortServer = (text: string): string => replaced(text, 'timeout server 75s', 'timeout server 1s');
/** A silence of 75 s takes one second here; the hour of streams stays. */
const shorten = (text: string): string => shortServer(replaced(text, 'timeout client 75s', 'timeout client 1s'));
/** As it once was: who asks for events has an hour, whatever comes. */
const byAccept = (text: string): string =>
  replaced(
    shortServer(text),
    'retry-on conn-failure',
    `acl asked req.hdr(accept) -m sub ${EVENTS}\n    http-request set-timeout server 1h if asked\n    retry-on conn-failure`,
  );

interface Asked {
  readonly answer: IncomingMessage;
  readonly text: () => string;
  readonly isOver: () => boolean;
}

withHaproxy('silence within an answer through HAProxy', () => {
  const begun = new Map<string, ServerResponse>();
  /** Begins an answer of the type that is asked for by the path, and is silent then. */
  const replica = createServer(({ url = '' }, answer) => {
    const { pathname, searchParams } = new URL(url, 'http://replica');
    const type = searchParams.get('type');
    if (type === null) {
      answer.end();
      return;
    }
    answer.writeHead(200, { 'content-type': type }).write('first\n');
    begun.set(pathname, answer);
  });
  let haproxy: RunningHaproxy;
  let mistaken: RunningHaproxy;

  beforeAll(async () => {
    await new Promise<void>((listening) => replica.listen(0, '127.0.0.1', listening));
    const { port } = replica.address() as AddressInfo;
    haproxy = await startHaproxyBefore(port, shorten);
    mistaken = await startHaproxyBefore(port, byAccept);
  });
  afterAll(async () => {
    await haproxy?.close();
    await mistaken?.close();
    replica.close().closeAllConnections();
  });

  async function ask(path: string, type: string, headers = {}, { port } = haproxy): Promise<Asked> {
    const sent = request({ host: '127.0.0.1', port, path: `/api${path}?type=${type}`, headers, agent: false });
    sent.on('error', () => undefined).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    let text = '';
    let isOver = false;
    answer
      .setEncoding('utf8')
      .on('data', (chunk: string) => (text += chunk))
      .on('error', () => undefined)
      .on('close', () => (isOver = true));
    await until(() => text.includes('first'), SOON_MS);
    return { answer, text: () => text, isOver: () => isOver };
  }

  it.each([
    ['/plain', { accept: EVENTS }],
    ...(isByAnswer
      ? ([
          ['/events', {}],
          ['/stream', { accept: EVENTS }],
        ] as const)
      : []),
  ])(
    'has the bound of any answer where it is no stream of events, whatever was asked: %s %j',
    async (path, headers) => {
      const asked = await ask(path, 'text/plain', headers);
      await until(asked.isOver, SOON_MS);
      expect([asked.answer.complete, asked.text()]).toEqual([false, 'first\n']);
    },
  );

  it('is seen to have another one where what was asked decides', async () => {
    const asked = await ask('/asked', 'text/plain', { accept: EVENTS }, mistaken);
    const plain = await ask('/plain', 'text/plain', {}, mistaken);
    await until(plain.isOver, SOON_MS);
    begun.get('/asked')!.end('second\n');
    await until(asked.isOver, SOON_MS);
    expect(asked.text()).toBe('first\nsecond\n');
  });

  it.each([
    ['/told', EVENTS],
    ['/told', 'Text/Event-Stream; charset=utf-8'],
    ['/told/stream', EVENTS],
  ])('may be longer where it is one; before 3.0 by its path alone: %s %s', async (path, type) => {
    const events = await ask(path, encodeURIComponent(type));
    const plain = await ask('/plain', 'text/plain');
    await until(plain.isOver, SOON_MS);
    if (!isByAnswer && !path.endsWith('/stream')) {
      await until(events.isOver, SOON_MS);
      return;
    }
    begun.get(path)!.write('second\n');
    await until(() => events.text().includes('second') || events.isOver(), SOON_MS);
    expect(events.text()).toBe('first\nsecond\n');
    events.answer.destroy();
  });
});
