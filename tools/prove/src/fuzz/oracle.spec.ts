import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../load/random.ts';
import { planAnswer } from './answer-plan.ts';
import { type ConnectionPlan, planConnection } from './connection-plan.ts';
import { type Seen, faultsOfConnection } from './oracle.ts';
import type { RequestPlan } from './request-plan.ts';

const surface = { name: 'gateway', paths: ['/api/fuzz/TOKEN'] };
const request = (at: number, more: Partial<RequestPlan> = {}): RequestPlan => ({
  kind: 'plain',
  token: `tok5x${at}z`,
  method: 'GET',
  text: '',
  isWellFormed: true,
  isLast: false,
  upgrades: false,
  ...more,
});
const malformed = { kind: 'framing', isWellFormed: false };

function seen(requests: readonly RequestPlan[], text: string, more: Partial<Seen & ConnectionPlan> = {}): Seen {
  const { ended = 'by the server', isUnmutated = true, mayBeReset = false, ...rest } = more;
  const plan = { number: 5, surface, requests, hasTail: false, steps: [], isPatient: true, ...rest };
  return { plan, text, ended, isUnmutated, mayBeReset };
}

const whole = (body: string, status = 200, header = ''): string =>
  `HTTP/1.1 ${status} Any\r\ncontent-length: ${body.length}\r\n${header}\r\n${body}`;
const error = (code: string): string => whole(`{"code":"${code}"}`, 400, 'connection: close\r\n');
const chunk = (body: string): string => `${body.length.toString(16)}\r\n${body}\r\n`;
const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';

describe('a connection is as it must be where', () => {
  it.each<[string, Seen]>([
    ['each request has its answer', seen([request(0), request(1)], whole('tok5x0z') + whole('tok5x1z'))],
    [
      'an answer to HEAD has no body',
      seen(
        [request(0, { method: 'HEAD' }), request(1)],
        'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n' + whole('tok5x1z'),
      ),
    ],
    [
      'informational answers go before',
      seen([request(0)], 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\na: b\r\n\r\n' + whole('tok5x0z')),
    ],
    ['chunks say it', seen([request(0)], `${chunked}${chunk('tok5')}${chunk('x0z')}0\r\n\r\n`)],
    [
      'words are bytes of any value',
      seen([request(0)], 'HTTP/1.1 200 caf\xe9\x01\r\nx-odd: \xff\xfe\r\ncontent-length: 0\r\n\r\n'),
    ],
    [
      'what follows is refused behind the answers',
      seen([request(0), request(1, malformed)], whole('tok5x0z') + error('malformed_http')),
    ],
    ['the answer is cut with its connection', seen([request(0)], `${chunked}${chunk('half')}`)],
    [
      'an answer says that the connection ends',
      seen([request(0), request(1)], whole('tok5x0z', 400, 'Connection: close\r\n')),
    ],
    ['we left first', seen([request(0)], '', { ended: 'by us' })],
    [
      'another mutation has broken the connection',
      seen([request(0)], '', { ended: 'reset by the server', mayBeReset: true }),
    ],
    ['the replica has lied', seen([request(0)], '', { isUnmutated: false })],
    [
      'a tunnel has begun',
      seen([request(0, { upgrades: true })], 'HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x00HTTP/1.1'),
    ],
  ])('%s', (_name, connection) => expect(faultsOfConnection(connection)).toEqual([]));
});

describe('it is a fault that', () => {
  it.each<[string, Seen, RegExp]>([
    [
      "a request has another one's answer",
      seen([request(0), request(1)], whole('tok5x1z') + whole('tok5x0z')),
      /is for tok5x0z, and says tok5x1z/,
    ],
    ["it has another connection's", seen([request(0)], whole('tok6x0z')), /says tok6x0z/],
    ['it has one too many', seen([request(0)], whole('tok5x0z') + whole('tok5x0z')), /answer 2 .* is for none/],
    [
      'a done request is refused for what came behind',
      seen([request(0)], error('malformed_http')),
      /came behind its request/,
    ],
    [
      'an error is written into chunks',
      seen([request(0)], `${chunked}${chunk('half')}${error('malformed_http')}`),
      /no chunk size: "HTTP\/1.1 400/,
    ],
    [
      'an error is written into a length',
      seen([request(0)], `HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nhalf${error('x')}`),
      /inside its body/,
    ],
    ['an answer has no status', seen([request(0)], 'HTTP/1.1 000 X\r\n\r\n'.replace('000', '00')), /no status line/],
    ['a header is none', seen([request(0)], 'HTTP/1.1 200 OK\r\nx y: 1\r\n\r\n'), /no header/],
    [
      'there are two framings',
      seen([request(0)], 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\ntransfer-encoding: chunked\r\n\r\n'),
      /beside/,
    ],
    ['there is no answer at all', seen([request(0)], 'welcome'), /no answer begins with/],
    [
      'a patient client is not answered',
      seen([request(0), request(1)], whole('tok5x0z')),
      /1 of 2 requests were answered/,
    ],
    [
      "a tunnel says another's words",
      seen([request(0, { upgrades: true })], 'HTTP/1.1 101 X\r\n\r\ntok7x0z'),
      /tunnel says tok7x0z/,
    ],
  ])('%s', (_name, connection, fault) => expect(faultsOfConnection(connection).join('\n')).toMatch(fault));
});

const plans = (seed: number): ConnectionPlan[] =>
  Array.from({ length: 300 }, (_, number) =>
    planConnection(seededRandom(seed).fork(`connection ${number}`), surface, number),
  );

describe('a plan', () => {
  const question = { token: 'tok1x0z', method: 'GET', upgrades: false };

  it('is made again by its seed, and another seed makes others', () => {
    expect(plans(7)).toEqual(plans(7));
    expect(plans(7)).not.toEqual(plans(8));
    expect(planAnswer(seededRandom(3), question)).toEqual(planAnswer(seededRandom(3), question));
  });

  it('names its requests by their connection, in order', () => {
    for (const { number, requests } of plans(7))
      expect(requests.map(({ token }) => token)).toEqual(requests.map((_, at) => `tok${number}x${at}z`));
  });

  it('of one connection has at most 6 requests, and all kinds of them and of endings occur', () => {
    const all = plans(7);
    expect(Math.max(...all.map(({ requests }) => requests.length))).toBe(6);
    const kinds = new Set(all.flatMap(({ requests }) => requests.map(({ kind }) => kind)));
    expect(kinds.size).toBeGreaterThanOrEqual(20);
    const does = new Set(all.flatMap(({ steps }) => steps.map((step) => step.does)));
    expect([...does].toSorted()).toEqual([
      'await-bytes',
      'close',
      'half-close',
      'pause',
      'reset',
      'send',
      'stop-reading',
    ]);
  });

  it('of valid answers is as frequent as that of mutated ones, and every mutation is applied', () => {
    const answers = Array.from({ length: 2_000 }, (_, seed) => planAnswer(seededRandom(seed), question));
    const valid = answers.filter(({ mutations }) => mutations.length === 0).length;
    expect(valid).toBeGreaterThan(700);
    expect(valid).toBeLessThan(1_300);
    expect(new Set(answers.flatMap(({ mutations }) => mutations)).size).toBeGreaterThan(30);
  });
});
