import type { Random } from '../load/random.ts';

/** One request of a client, and what may be said of its answer. */
export interface RequestPlan {
  readonly kind: string;
  readonly token: string;
  readonly method: string;
  readonly text: string;
  /** HTTP as everybody reads it: what comes behind it has no bearing on its answer. */
  readonly isWellFormed: boolean;
  /** Its answer is the connection's last. */
  readonly isLast: boolean;
  readonly upgrades: boolean;
}

/** What is attacked: which paths it has. The token is added to each. */
export interface Surface {
  readonly name: string;
  readonly paths: readonly string[];
}

const oddBytes = ['caf\xe9', '\xff\xfe', '\x80', 'a\xa0b', '\xc5\xbelu\xc5\xa5'] as const;
const SAFE_METHODS = ['GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'DELETE'] as const;
const BODY_METHODS = ['POST', 'PUT', 'PATCH', 'POST'] as const;
const BODY_MAX = 20_000;

interface Words {
  method: string;
  target: string;
  version: string;
  headers: string[];
  body: string;
}

type Change = (words: Words, random: Random) => void;
interface Kind {
  readonly name: string;
  readonly weight: number;
  readonly isMalformed?: boolean;
  readonly isLast?: boolean;
  readonly upgrades?: boolean;
  readonly change: Change;
}

const body = (words: Words, random: Random): string => {
  words.method = random.of(BODY_METHODS);
  words.headers.push(`content-type: ${random.of(['application/json', 'application/octet-stream', 'text/plain'])}`);
  return `{"v":"${'b'.repeat(random.next() < 0.8 ? random.below(60) : random.below(BODY_MAX))}"}`;
};
const withLength: Change = (words, random) => {
  words.body = body(words, random);
  words.headers.push(`content-length: ${words.body.length}`);
};
const inChunks = (text: string, random: Random): string => {
  const at = random.below(text.length);
  const pieces = [text.slice(0, at), text.slice(at)].filter((piece) => piece !== '');
  return pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('');
};
const withChunks: Change = (words, random) => {
  words.body = `${inChunks(body(words, random), random)}0\r\n${random.of(['', '', 'x-t: 1\r\n'])}\r\n`;
  words.headers.push('transfer-encoding: chunked');
};
const asUpgrade: Change = (words) => {
  words.method = 'GET';
  words.headers.push('connection: Upgrade', 'upgrade: websocket', 'sec-websocket-version: 13');
  words.headers.push('sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==');
};

const kinds: readonly Kind[] = [
  { name: 'plain', weight: 8, change: () => undefined },
  { name: 'length', weight: 4, change: withLength },
  { name: 'chunks', weight: 4, change: withChunks },
  { name: 'upgrade', weight: 6, upgrades: true, isLast: true, change: asUpgrade },
  { name: 'close', weight: 2, isLast: true, change: (words) => words.headers.push('connection: close') },
  { name: 'old', weight: 1, isLast: true, change: (words) => (words.version = 'HTTP/1.0') },
  {
    name: 'close-with-body',
    weight: 1,
    isLast: true,
    change: (words, random) => {
      withLength(words, random);
      words.headers.push('connection: close');
    },
  },
  {
    name: 'expect',
    weight: 2,
    change: (words, random) => {
      (random.next() < 0.5 ? withLength : withChunks)(words, random);
      words.headers.push('expect: 100-continue');
    },
  },
  { name: 'odd-value', weight: 2, change: (words, random) => words.headers.push(`x-odd: ${random.of(oddBytes)}`) },
  {
    name: 'connection-list',
    weight: 1,
    change: (words, random) =>
      words.headers.push(
        `connection: ${random.of(['x-odd', 'keep-alive, host', 'content-length', 'te, x-request-id'])}`,
      ),
  },
  { name: 'deadline', weight: 1, change: (words, random) => words.headers.push(`x-deadline-ms: ${random.below(400)}`) },
  {
    name: 'long-head',
    weight: 1,
    change: (words, random) => words.headers.push(`x-a: ${'a'.repeat(random.below(14_000))}`),
  },
  { name: 'events', weight: 1, change: (words) => words.headers.push('accept: text/event-stream') },
  {
    name: 'upgrade-with-body',
    weight: 1,
    isMalformed: true,
    change: (words, random) => {
      asUpgrade(words, random);
      words.headers.push(random.of(['content-length: 5', 'transfer-encoding: chunked']));
      words.body = random.of(['hello', '5\r\nhello\r\n0\r\n\r\n', 'he']);
    },
  },
  {
    name: 'upgrade-to-what',
    weight: 1,
    isMalformed: true,
    change: (words, random) =>
      words.headers.push(
        'connection: upgrade',
        `upgrade: ${random.of(['h2c', 'websocket', 'websocket, h2c', '\xff'])}`,
      ),
  },
  {
    name: 'too-long-head',
    weight: 1,
    isMalformed: true,
    change: (words, random) => words.headers.push(`x-a: ${'a'.repeat(16_500 + random.below(9_000))}`),
  },
  {
    name: 'short-body',
    weight: 1,
    isMalformed: true,
    change: (words, random) => {
      withLength(words, random);
      words.body = words.body.slice(0, random.below(words.body.length));
    },
  },
  {
    name: 'bad-chunks',
    weight: 1,
    isMalformed: true,
    change: (words, random) => {
      words.method = 'POST';
      words.headers.push('transfer-encoding: chunked');
      words.body = random.of([
        'zz\r\n',
        '5\r\nhel',
        '5\r\nhelloX',
        'ffffffffffffffffff\r\n',
        '-1\r\n',
        '5\r\nhello\r\n0\r\nbad\r\n\r\n',
      ]);
    },
  },
  {
    name: 'framing',
    weight: 1,
    isMalformed: true,
    change: (words, random) => {
      words.method = 'POST';
      words.headers.push(
        ...random.of([
          ['content-length: 5', 'transfer-encoding: chunked'],
          ['content-length: 5', 'content-length: 6'],
          ['content-length: -5'],
          ['transfer-encoding: gzip, chunked'],
          ['transfer-encoding: chunked, gzip'],
          ['content-length: 99999999999999999999'],
        ]),
      );
      words.body = '5\r\nhello\r\n0\r\n\r\n';
    },
  },
  {
    name: 'odd-head',
    weight: 2,
    isMalformed: true,
    change: (words, random) =>
      words.headers.push(
        random.of([
          'x-a: 1\r\n folded',
          'x-a : 1',
          ': 1',
          'no colon',
          'x-a: \0',
          'x-\xe9: 1',
          'host: other',
          'expect: what',
          'x: a\nb: c',
        ]),
      ),
  },
  {
    name: 'odd-line',
    weight: 2,
    isMalformed: true,
    change: (words, random) => {
      words.target = random.of([
        `${words.target}\xe9`,
        `${words.target} b`,
        '*',
        `http://x${words.target}`,
        `${words.target}%zz`,
        '\x01',
      ]);
      words.version = random.of(['HTTP/1.1', 'HTTP/1.2', 'HTTP/2.0', '', 'HTTP/1.1\t']);
      words.method = random.of(['GET', 'get', 'CONNECT', 'FOO', 'QUERY', 'G\xe9T', 'TRACE']);
    },
  },
];

const lots = kinds.flatMap((kind) => Array.from({ length: kind.weight }, () => kind));

export function planRequest(random: Random, surface: Surface, token: string): RequestPlan {
  const kind = random.of(lots);
  const words: Words = {
    method: random.of(SAFE_METHODS),
    target: random.of(surface.paths).replaceAll('TOKEN', token),
    version: 'HTTP/1.1',
    headers: ['host: x', `x-request-id: ${token}`],
    body: '',
  };
  kind.change(words, random);
  const head = [`${words.method} ${words.target} ${words.version}`.trimEnd(), ...words.headers].join('\r\n');
  return {
    kind: kind.name,
    token,
    method: words.method,
    text: `${head}\r\n\r\n${words.body}`,
    isWellFormed: !kind.isMalformed,
    isLast: kind.isLast ?? false,
    upgrades: kind.upgrades ?? false,
  };
}
