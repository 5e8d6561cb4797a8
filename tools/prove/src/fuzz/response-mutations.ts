import type { Random } from '../load/random.ts';
import { type Step, send } from './steps.ts';
import { LATE_WORDS, UNASKED_TOKEN } from './tokens.ts';

/** An answer before it becomes bytes; mutations change it. */
export interface Draft {
  before: string;
  version: string;
  status: string;
  reason: string;
  headers: string[];
  framing: 'length' | 'chunked' | 'none';
  body: string;
  hasBody: boolean;
  after: string;
  /** What follows all of it. */
  end: Step[];
  isSlow: boolean;
  beforeBody?: boolean;
  /** How long it thinks first, milliseconds. */
  lateMs?: number;
  /** In place of all of the above. */
  raw?: string;
  /** Share of its bytes that are sent at all. */
  cutAt?: number;
}

export interface Mutation {
  readonly name: string;
  /** Beside another one it would be valid again, or its words another request's answer by right. */
  readonly exclusive?: boolean;
  /** The answer is not whole, so the gateway has to end the connection: nothing more is read from it. */
  readonly breaksConnection?: boolean;
  /** A while after the answer something is said that reads like one more. */
  readonly speaksUnasked?: boolean;
  apply(draft: Draft, random: Random): void;
}

const byteString = (random: Random, length: number, from = 0, below = 256): string =>
  Array.from({ length }, () => String.fromCharCode(from + random.below(below - from))).join('');
/** Any byte that does not end the line. */
const oddWords = (random: Random): string =>
  random.of([
    () => 'caf\xe9',
    () => Buffer.from('\u017elut\u00fd').toString('latin1'),
    () => `a${byteString(random, 1, 0, 32).replace(/[\r\n]/, '\x01')}b`,
    () => `a${byteString(random, 1, 127, 256)}b`,
    () => byteString(random, 1 + random.below(12)).replaceAll(/[\r\n]/g, ' '),
  ])();

/** Ways in which a connection ends, or does not. */
const ends = (random: Random): Step[] => random.of<Step[]>([[{ does: 'half-close' }], [{ does: 'reset' }], []]);
const drawn = (random: Random, list: readonly string[]): string => random.of(list);

const informational = (random: Random): string =>
  Array.from({ length: 1 + random.below(3) }, () =>
    drawn(random, [
      'HTTP/1.1 100 Continue\r\n\r\n',
      'HTTP/1.1 102 Processing\r\n\r\n',
      'HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n',
      `HTTP/1.1 1${10 + random.below(90)} ${oddWords(random)}\r\nx-odd: ${oddWords(random)}\r\n\r\n`,
    ]),
  ).join('');

const unasked = (words: string): string => `HTTP/1.1 200 OK\r\ncontent-length: ${words.length}\r\n\r\n${words}`;
/** What follows an answer is only known to be unasked where it arrives together with it. */
const asOnePiece = (draft: Draft, after: string): void => {
  Object.assign(draft, { after, isSlow: false, body: draft.body.slice(0, 200) });
};

/** A stream that goes on for a while and does not end by itself. */
const events = (random: Random): Step[] => [
  ...Array.from({ length: random.below(12) }, (): Step[] => [
    { does: 'pause', ms: random.below(30) },
    send('data: more\n\n'),
  ]).flat(),
  ...random.of<Step[]>([[], [{ does: 'half-close' }], [{ does: 'reset' }]]),
];

export const mutations: readonly Mutation[] = [
  { name: 'status', apply: (d, r) => (d.status = String(r.below(1000)).padStart(3, '0')) },
  { name: 'reason-bytes', apply: (d, r) => (d.reason = oddWords(r)) },
  { name: 'no-reason', apply: (d, r) => (d.reason = drawn(r, ['', ' '])) },
  { name: 'header-value-bytes', apply: (d, r) => d.headers.push(`x-odd: ${oddWords(r)}`) },
  { name: 'header-name-bytes', apply: (d, r) => d.headers.push(`${oddWords(r)}: odd`) },
  {
    name: 'content-disposition',
    apply: (d, r) => {
      // Node takes the one after the other for a reason to decode it otherwise.
      d.headers.unshift(
        `content-length: ${d.body.length}`,
        `content-disposition: attachment; filename="${oddWords(r)}"`,
      );
      d.framing = 'none';
    },
  },
  {
    name: 'odd-headers',
    apply: (d, r) =>
      d.headers.push(
        drawn(r, ['__proto__: a', 'constructor: b', 'x-a: 1\r\n folded', 'x-a : 1', ': no name', 'no colon', 'x-a:']),
      ),
  },
  {
    name: 'connection-lists',
    apply: (d, r) =>
      d.headers.push(`connection: ${drawn(r, ['close', 'content-length', 'x-request-id, close', 'upgrade', ',,'])}`),
  },
  {
    name: 'many-headers',
    apply: (d, r) => d.headers.push(...Array.from({ length: r.below(2_500) }, (_, i) => `a${i}: b`)),
  },
  { name: 'big-head', apply: (d, r) => d.headers.push(`x-big: ${'b'.repeat(r.below(70_000))}`) },
  { name: 'informational', apply: (d, r) => (d.before = informational(r)) },
  {
    name: 'informational-only',
    exclusive: true,
    breaksConnection: true,
    apply: (d, r) => Object.assign(d, { raw: informational(r), end: ends(r) }),
  },
  {
    name: 'length-wrong',
    exclusive: true,
    breaksConnection: true,
    apply: (d, r) => {
      const { length } = d.body;
      const told = [
        String(length - 1),
        String(length + 9),
        '-5',
        '+5',
        `${length}, ${length}`,
        '99999999999999999999',
        '',
      ];
      d.headers.push(`content-length: ${drawn(r, told)}`);
      d.framing = drawn(r, ['none', 'length']) as Draft['framing'];
      d.end = ends(r);
    },
  },
  {
    name: 'both-framings',
    exclusive: true,
    apply: (d, r) => {
      d.headers.push(drawn(r, ['content-length: 5', 'transfer-encoding: chunked', 'transfer-encoding: gzip, chunked']));
      d.end = ends(r);
    },
  },
  {
    name: 'bad-chunk',
    exclusive: true,
    breaksConnection: true,
    apply: (d, r) => {
      const bodies = [
        '5\r\nhello\r\nZZ\r\nxx\r\n',
        '5\r\nhel',
        'fffffffffffffffff\r\n',
        '-1\r\n\r\n',
        '5 \r\nhello0\r\n\r\n',
      ];
      d.headers.push('transfer-encoding: chunked');
      Object.assign(d, { framing: 'none', body: drawn(r, bodies), end: ends(r) });
    },
  },
  {
    name: 'trailers',
    exclusive: true,
    apply: (d, r) => {
      const trailers = drawn(r, [
        'x-t: 1\r\n',
        'set-cookie: a=1\r\n',
        `x-t: ${oddWords(r)}\r\n`,
        'content-length: 3\r\n',
      ]);
      d.headers.push('transfer-encoding: chunked', 'trailer: x-t');
      Object.assign(d, { framing: 'none', body: `5;a="b"\r\nhello\r\n0\r\n${trailers}\r\n` });
    },
  },
  { name: 'extra-answer', exclusive: true, apply: (d) => asOnePiece(d, unasked(UNASKED_TOKEN)) },
  {
    name: 'late-answer',
    exclusive: true,
    speaksUnasked: true,
    apply: (d, r) => (d.end = [{ does: 'pause', ms: r.below(30) }, send(unasked(LATE_WORDS))]),
  },
  { name: 'extra-bytes', exclusive: true, apply: (d, r) => asOnePiece(d, byteString(r, 1 + r.below(40))) },
  {
    name: 'body-where-none',
    apply: (d, r) => Object.assign(d, { status: drawn(r, ['204', '205', '304']), hasBody: true }),
  },
  { name: 'switching', exclusive: true, apply: (d, r) => Object.assign(d, { status: '101', end: ends(r) }) },
  {
    name: 'switching-to-what',
    exclusive: true,
    apply: (d) => {
      d.headers.push('connection: upgrade', 'upgrade: evil');
      d.status = '101';
    },
  },
  { name: 'version', apply: (d, r) => (d.version = drawn(r, ['HTTP/1.0', 'HTTP/2.0', 'HTTP/1.2', 'http/1.1', 'ICY'])) },
  {
    name: 'until-close',
    exclusive: true,
    apply: (d, r) =>
      Object.assign(d, { framing: 'none', version: drawn(r, ['HTTP/1.0', 'HTTP/1.1']), end: [{ does: 'half-close' }] }),
  },
  {
    name: 'no-http',
    exclusive: true,
    breaksConnection: true,
    apply: (d, r) => Object.assign(d, { raw: byteString(r, 1 + r.below(60)), end: ends(r) }),
  },
  { name: 'cut', breaksConnection: true, apply: (d, r) => Object.assign(d, { cutAt: r.next(), end: ends(r) }) },
  { name: 'then-half-close', apply: (d) => (d.end = [{ does: 'half-close' }]) },
  { name: 'then-reset', apply: (d) => (d.end = [{ does: 'reset' }]) },
  { name: 'silent', exclusive: true, breaksConnection: true, apply: (d) => (d.raw = '') },
  {
    name: 'close-at-once',
    exclusive: true,
    breaksConnection: true,
    apply: (d, r) => Object.assign(d, { raw: '', end: ends(r) }),
  },
  { name: 'slow', apply: (d) => (d.isSlow = true) },
  { name: 'before-body', apply: (d) => (d.beforeBody = true) },
  { name: 'late', apply: (d, r) => (d.lateMs = r.below(500)) },
  {
    name: 'events',
    exclusive: true,
    breaksConnection: true,
    apply: (d, r) => {
      d.headers[0] = 'content-type: text/event-stream';
      Object.assign(d, { framing: 'none', body: 'data: first\n\n', end: events(r) });
    },
  },
];
