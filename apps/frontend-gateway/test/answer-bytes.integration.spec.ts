import type { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { until } from './fleet/ask.ts';
import { opened } from './fleet/opened.ts';
import { askRaw, get, openRawClient, UPGRADE } from './fleet/raw-client.ts';

const { rawReplica: startRawReplica, gateway: startGateway } = opened();

const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const ok = (headers: string): string => `HTTP/1.1 200 OK\r\n${headers}content-length: 2\r\n\r\nok`;
const statusLine = (line: string): string => `HTTP/1.1 ${line}\r\ncontent-length: 2\r\n\r\nok`;
/** Where Node has seen the length first, it would encode this header anew. */
const disposition = (name: string): string =>
  `HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-disposition: attachment; filename="${name}"\r\n\r\nok`;

const ways = [
  ['plain', 'connection: close\r\n'],
  ['to an upgrade', UPGRADE],
] as const;

/** Answers with these bytes, and counts on nobody being blamed. */
async function answered(bytes: string, headers: string): Promise<string> {
  const replica = await startRawReplica((socket) => void socket.write(bytes, 'latin1'));
  const gateway = await startGateway([replica]);
  const text = await askRaw(gateway.port, get('/api/x', headers));
  await until(() => gateway.lifecycle.inFlight === 0 && gateway.releases.length === 1);
  expect(gateway.releases).not.toContain('broken');
  expect(gateway.members()[0]?.why).toBeUndefined();
  return text;
}

describe.each(ways)('an answer %s', (_way, headers) => {
  it.each([
    ['a phrase in Latin-1', statusLine('200 caf\xe9'), 'HTTP/1.1 200 caf\xe9\r\n'],
    ['a phrase in UTF-8', statusLine(`404 ${utf8('žlutý')}`), `HTTP/1.1 404 ${utf8('žlutý')}\r\n`],
    ['a phrase of any bytes', statusLine('200 \x80\xff\xfe\xa0'), 'HTTP/1.1 200 \x80\xff\xfe\xa0\r\n'],
    ['no phrase', statusLine('200 '), 'HTTP/1.1 200 \r\n'],
    ['a status of nobody', statusLine('999 X'), 'HTTP/1.1 999 X\r\n'],
    ['a header in Latin-1', ok('x-name: caf\xe9\r\n'), '\r\nx-name: caf\xe9\r\n'],
    ['a header of any bytes', ok('x-name: \x80\xff\xc3\r\n'), '\r\nx-name: \x80\xff\xc3\r\n'],
    ['a header twice', ok('x-name: \xe9\r\nx-name: \xe8\r\n'), '\r\nx-name: \xe9\r\nx-name: \xe8\r\n'],
    ['a file name in Latin-1', disposition('M\xfcller.pdf'), 'filename="M\xfcller.pdf"\r\n'],
    ['a file name in UTF-8', disposition(utf8('år 中.pdf')), `filename="${utf8('år 中.pdf')}"\r\n`],
    ['its length named in Connection', ok('connection: content-length\r\n'), '\r\ncontent-length: 2\r\n'],
  ])('passes %s as the bytes that it is', async (_what, bytes, expected) => {
    const text = await answered(bytes, headers);
    expect(text).toContain(expected);
    expect(text).toMatch(/\r\n\r\nok$/);
  });

  it.each([
    ['status 000', statusLine('000 X')],
    ['status 099', statusLine('099 X')],
    ['a phrase with a control character', statusLine('200 a\x01b')],
    ['a phrase with another', statusLine('200 \x7f\xe9')],
    ['a change to nothing', 'HTTP/1.1 101 X\r\n\r\n'],
    ['a coding', 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'],
    ['another coding', 'HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\n\r\nok'],
  ])('with %s is refused before anything of it is written', async (_what, bytes) => {
    const text = await answered(bytes, headers);
    expect(text).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/);
    expect(text).toContain('"code":"upstream_failed"');
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it.each([
    ['a 100', ['HTTP/1.1 100 Continue\r\n\r\n'], ''],
    ['a 100 without a phrase', ['HTTP/1.1 100 \r\n\r\n'], ''],
    [
      'several',
      ['HTTP/1.1 102 X\r\n\r\nHTTP/1.1 103 Early\r\nlink: </a>\r\nkeep-alive: x\r\n\r\nHTTP/1.1 100 Go\r\n\r\n'],
      'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n',
    ],
    ['several of a 100', Array.from({ length: 40 }, () => 'HTTP/1.1 100 Continue\r\nx-a: b\r\n\r\n'), ''],
    [
      'many',
      Array.from({ length: 40 }, () => 'HTTP/1.1 103 X\r\nx-a: b\r\nx-a: c\r\n\r\n'),
      'HTTP/1.1 103 Early Hints\r\nx-a: b\r\nx-a: c\r\n\r\n'.repeat(16),
    ],
    [
      'one of any bytes',
      ['HTTP/1.1 199 \xe9\xff\r\nx-a: \x80\xe9\r\n\r\n'],
      'HTTP/1.1 199 unknown\r\nx-a: \x80\xe9\r\n\r\n',
    ],
    [
      'some in pieces',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nlink: </a>\r\n\r\n'.split(''),
      'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n',
    ],
  ])('comes behind the informational ones, of which a 100 is dropped: %s', async (_what, before, passed) => {
    const replica = await startRawReplica((socket) => {
      const pieces = [...before, ok('')];
      const next = (): void => {
        const piece = pieces.shift();
        if (piece !== undefined) socket.write(piece, 'latin1', () => setImmediate(next));
      };
      next();
    });
    const gateway = await startGateway([replica]);
    const texts = await Promise.all([1, 2, 3].map(() => askRaw(gateway.port, get('/api/x', headers))));
    // Who waits for a change of the protocol is told of nothing else.
    const informed = headers === UPGRADE ? '' : passed;
    for (const text of texts) {
      expect(text.slice(0, informed.length)).toBe(informed);
      const answer = text.slice(informed.length);
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
      expect(answer).toMatch(/\r\n\r\nok$/);
    }
    await until(() => gateway.lifecycle.inFlight === 0 && gateway.releases.length === 3);
    expect(gateway.releases).toEqual(['ok', 'ok', 'ok']);
    expect(gateway.members()[0]?.why).toBeUndefined();
  });

  it.each([
    ['204', '204 No Content', 'content-length: 5\r\n', false],
    ['204', '204 No Content', 'content-length: 0\r\n', false],
    ['204', '204 No Content', 'transfer-encoding: chunked\r\n', false],
    ['304', '304 Not Modified', 'content-length: 5\r\netag: "1"\r\n', true],
    ['304', '304 Not Modified', 'transfer-encoding: chunked\r\n', false],
  ])('of %s (%s, %j) has no length and no coding that may not be there', async (_code, line, fields, keepsLength) => {
    const text = (await answered(`HTTP/1.1 ${line}\r\n${fields}\r\n`, headers)).toLowerCase();
    expect(text).toContain(`http/1.1 ${line.toLowerCase()}\r\n`);
    expect(text.includes('content-length')).toBe(keepsLength);
    expect(text).not.toContain('transfer-encoding');
    expect(text.split('\r\n\r\n')[1]).toBe('');
  });

  it.each([
    ['no body', 'content-length: 0\r\n\r\n', ''],
    ['a body all the same', 'content-length: 2\r\n\r\nok', 'ok'],
    ['an empty one in chunks', 'transfer-encoding: chunked\r\n\r\n0\r\n\r\n', '0\r\n\r\n'],
  ])('of 205 ends where it says it does: %s', async (_what, rest, body) => {
    const text = await answered(`HTTP/1.1 205 Reset Content\r\n${rest}`, headers);
    expect(text).toMatch(/^HTTP\/1\.1 205 Reset Content\r\n/);
    expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toBe(body);
  });

  it('has the same bytes where its body comes later, and its trailers do no harm', async () => {
    const replica = await startRawReplica((socket) =>
      socket.write('HTTP/1.1 200 caf\xe9\r\nx-name: \x80\xff\r\ntransfer-encoding: chunked\r\n\r\n', 'latin1'),
    );
    const gateway = await startGateway([replica]);
    const { text, ended, socket } = openRawClient(gateway.port, get('/api/x', headers));
    await until(() => text().includes('\r\n\r\n'));
    expect(text()).toContain('HTTP/1.1 200 caf\xe9\r\nx-name: \x80\xff\r\n');
    replica.sockets[0]!.write('2\r\n\xe9\x80\r\n0\r\nx-trailer: \xe9\xff\r\n\r\n', 'latin1');
    await until(ended);
    socket.destroy();
    expect(text()).toContain('\r\n\r\n2\r\n\xe9\x80\r\n0\r\n');
    await until(() => gateway.lifecycle.inFlight === 0);
  });
});

const EARLY = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n';

describe('an informational answer', () => {
  it('is not for a client of HTTP/1.0, which knows none', async () => {
    const replica = await startRawReplica((socket) => void socket.write(EARLY + ok('')));
    const gateway = await startGateway([replica]);
    expect(await askRaw(gateway.port, 'GET /api/x HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  it('stands before its own answer, or nowhere: the first of two on a connection is slower', async () => {
    let first: Socket | undefined;
    const replica = await startRawReplica((socket, head) => {
      first ??= socket;
      if (head.startsWith('GET /first')) return;
      socket.write(EARLY + ok('x-of: second\r\n'), () => void first?.write(EARLY + ok('x-of: first\r\n')));
    });
    const gateway = await startGateway([replica]);
    const text = await askRaw(gateway.port, get('/api/first') + get('/api/second', 'connection: close\r\n'));
    expect(text.split('HTTP/1.1 ').map((each) => /^\d+|x-of: \w+/g.exec(each)?.[0])).toEqual([
      undefined,
      '103',
      '200',
      '200',
    ]);
    expect(text.indexOf('x-of: first')).toBeLessThan(text.indexOf('x-of: second'));
  });

  it('is no answer: what is idempotent is sent again behind it', async () => {
    let asked = 0;
    const answer = (socket: Socket): void => {
      asked += 1;
      if (asked === 1) socket.end(EARLY);
      else socket.write(EARLY + ok(''));
    };
    const replicas = await Promise.all([startRawReplica(answer), startRawReplica(answer)]);
    const gateway = await startGateway(replicas);
    const text = await askRaw(gateway.port, get('/api/whoami', 'connection: close\r\n'));
    expect(text).toMatch(/^(?:HTTP\/1\.1 103 Early Hints\r\nlink: <\/a>\r\n\r\n){2}HTTP\/1\.1 200 OK\r\n/);
    expect(gateway.picks).toHaveLength(2);
  });
});

describe('the answer to a HEAD', () => {
  it.each([
    ['its length', '200 OK', 'content-length: 5\r\n', 'content-length: 5'],
    ['no coding', '200 OK', 'transfer-encoding: chunked\r\n', undefined],
    ['no length of a 204', '204 No Content', 'content-length: 5\r\n', undefined],
    ['the length of a 304', '304 Not Modified', 'content-length: 5\r\n', 'content-length: 5'],
  ])('has %s, and its connection lives on', async (_what, line, fields, expected) => {
    const replica = await startRawReplica((socket, head) =>
      socket.write(head.startsWith('HEAD') ? `HTTP/1.1 ${line}\r\n${fields}\r\n` : ok(''), 'latin1'),
    );
    const gateway = await startGateway([replica]);
    const head = get('/api/x').replace('GET', 'HEAD');
    const text = await askRaw(gateway.port, `${head}${get('/api/y', 'connection: close\r\n')}`);
    const [first = '', second, body] = text.split('\r\n\r\n');
    expect(first).toMatch(new RegExp(`^HTTP/1.1 ${line}\r\n`));
    expect(first.match(/content-length: \d+/i)?.[0]).toBe(expected);
    expect(second).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(body).toBe('ok');
    expect(gateway.releases).toEqual([line.startsWith('304') ? 'unsuccessful' : 'ok', 'ok']);
  });
});

const switched = (headers: string): string =>
  `HTTP/1.1 101 \xe9\r\nconnection: Upgrade\r\nupgrade: websocket\r\n${headers}\r\n`;

describe('the head of a 101', () => {
  it('has the bytes of the replica', async () => {
    const replica = await startRawReplica((socket) => {
      socket.write(switched('x-name: \x80\xff\r\nx-name: \xe9\r\ncontent-length: 5\r\n'), 'latin1');
      socket.on('end', () => socket.end());
    });
    const gateway = await startGateway([replica]);
    const { text, socket } = openRawClient(gateway.port, get('/api/x', UPGRADE));
    await until(() => text().includes('\r\n\r\n'));
    expect(text()).toContain('\r\nx-name: \x80\xff\r\nx-name: \xe9\r\n');
    expect(text()).not.toContain('content-length');
    socket.destroy();
    await until(() => gateway.lifecycle.inFlight === 0);
  });

  it.each([
    ['changes to something else', 'HTTP/1.1 101 X\r\nconnection: Upgrade\r\nupgrade: evil\r\n\r\nraw'],
    ['changes to more', 'HTTP/1.1 101 X\r\nconnection: Upgrade\r\nupgrade: websocket, evil\r\n\r\nraw'],
    ['names nothing', 'HTTP/1.1 101 X\r\n\r\nraw'],
  ])('that %s is refused', async (_what, bytes) => {
    expect(await answered(bytes, UPGRADE)).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/);
  });
});
