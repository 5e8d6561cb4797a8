import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';

/** Target is where the message goes, and how long its reply may take. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly withinMs: number;
}

/**
 * sendMessage sends one message of @nestjs/microservices' TCP transport on a connection of its own: the length in UTF-16
 * units, `#`, JSON. Rejects with what the peer refused it with, as it came, or with an Error when there is no reply.
 */
export function sendMessage({ host, port, withinMs }: Target, pattern: string, data: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    const fail = (why: string): void => {
      socket.destroy();
      reject(new Error(`${host}:${port} ${why}`));
    };
    let heard = '';
    socket.setEncoding('utf8');
    socket.setTimeout(withinMs, () => fail(`gave no reply within ${withinMs} ms`));
    socket.once('error', (error) => fail(error.message));
    socket.once('close', () => fail('closed the connection without a reply'));
    socket.on('data', (more: string) => {
      heard += more;
      const packet = firstPacket(heard);
      if (packet === undefined) return;
      if (packet.err === undefined) resolve(packet.response);
      // As it came over the wire: who asked knows its shape.
      else reject(packet.err);
      socket.removeAllListeners('close').destroy();
    });
    const packet = JSON.stringify({ pattern, data, id: randomUUID() });
    socket.write(`${packet.length}#${packet}`);
  });
}

/** firstPacket is the first whole packet of what was received so far. */
export function firstPacket(text: string): { response?: unknown; err?: unknown } | undefined {
  const mark = text.indexOf('#');
  const length = Number(text.slice(0, Math.max(0, mark)));
  const body = text.slice(mark + 1, mark + 1 + length);
  return mark === -1 || body.length < length ? undefined : (JSON.parse(body) as { response?: unknown; err?: unknown });
}
