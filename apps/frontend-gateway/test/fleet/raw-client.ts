import { connect, type Socket } from 'node:net';
import { until } from './ask.ts';

/** A client of bytes. */
export interface RawClient {
  readonly socket: Socket;
  /** All that came so far, one character per byte. */
  readonly text: () => string;
  /** Nothing more comes: the gateway has ended or reset the connection. */
  readonly ended: () => boolean;
}

export function openRawClient(port: number, first = ''): RawClient {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let text = '';
  let ended = false;
  socket
    .setEncoding('latin1')
    .on('data', (chunk: string) => (text += chunk))
    .on('error', () => undefined)
    .on('end', () => (ended = true))
    .on('close', () => (ended = true));
  if (first !== '') socket.write(first, 'latin1');
  return { socket, text: () => text, ended: () => ended };
}

/** One request over a connection of its own; resolves with all that came until the gateway ended it. */
export async function askRaw(port: number, request: string): Promise<string> {
  const { socket, text, ended } = openRawClient(port, request);
  try {
    await until(ended);
    return text();
  } catch (error) {
    throw new Error(`not ended after ${JSON.stringify(text())}`, { cause: error });
  } finally {
    socket.destroy();
  }
}

export const UPGRADE =
  'connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: x\r\n';

/** Head of a request with a body of so many bytes. */
export const bodyHead = (length: number, path = '/api/jobs'): string =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`;

/** Head of a request without a body. */
export const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`;
