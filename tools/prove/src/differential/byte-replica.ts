import { type AddressInfo, createServer, type Socket } from 'node:net';

/** ByteReplica is a replica of bytes: every edge proxy under test has one of its own. */
export interface ByteReplica {
  readonly port: number;
  /** Requests that came since `answerWith` was called, one character per byte; health checks left out. */
  readonly requests: readonly string[];
  /** @param ends the connection ends behind the answer */
  answerWith(answer: string, ends: boolean): void;
  close(): void;
}

export const PLAIN_ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const HEALTH_CHECK = /^(?:GET|HEAD|OPTIONS) \/(?:readyz|healthz)[ ?]/;

export async function startByteReplica(): Promise<ByteReplica> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let answer = PLAIN_ANSWER;
  let endsBehind = false;
  const server = createServer((socket) => {
    sockets.add(socket);
    let unread = '';
    const take = (request: string): void => {
      if (HEALTH_CHECK.test(request)) {
        socket.write(PLAIN_ANSWER);
        return;
      }
      requests.push(request);
      socket.write(answer, 'latin1');
      if (endsBehind) socket.end();
    };
    socket.setEncoding('latin1').on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk: string) => {
      unread += chunk;
      for (let end = requestEnd(unread); end !== undefined; end = requestEnd(unread)) {
        const request = unread.slice(0, end);
        unread = unread.slice(end);
        take(request);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    answerWith: (bytes, ends) => {
      requests.length = 0;
      answer = bytes;
      endsBehind = ends;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** @returns where the first request ends; undefined while it is not whole */
function requestEnd(text: string): number | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = text.slice(0, headEnd);
  const bodyStart = headEnd + 4;
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
    const last = /(?:^|\r\n)0\r\n(?:[^\r\n]+\r\n)*\r\n/.exec(text.slice(bodyStart));
    return last ? bodyStart + last.index + last[0].length : undefined;
  }
  const end = bodyStart + Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  return end <= text.length ? end : undefined;
}
