import { connect } from 'node:net';
import { decodeAnswer, encodeQuery, type DnsAnswer, type RecordType } from './message.ts';

export interface DnsServer {
  readonly host: string;
  readonly port: number;
}

/** Asks one server over TCP, where an answer of any size fits. Rejects with what went wrong, or the signal's reason. */
export function askOverTcp(
  server: DnsServer,
  { id, name, type }: { id: number; name: string; type: RecordType },
  signal: AbortSignal,
): Promise<DnsAnswer> {
  return new Promise((resolve, reject) => {
    const query = encodeQuery(id, name, type);
    const size = Buffer.alloc(2);
    size.writeUInt16BE(query.length);
    const socket = connect({ ...server, signal });
    let received = Buffer.alloc(0);
    const settle = (done: () => void): void => {
      socket.destroy();
      done();
    };
    socket.on('data', (part) => {
      received = Buffer.concat([received, part]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      settle(() => {
        try {
          resolve(decodeAnswer(id, received.subarray(2, 2 + received.readUInt16BE(0))));
        } catch (error) {
          reject(error);
        }
      });
    });
    socket.on('error', (error) => settle(() => reject(signal.aborted ? (signal.reason as Error) : error)));
    socket.on('end', () => settle(() => reject(new Error(`${server.host}:${server.port} ended without an answer`))));
    socket.write(Buffer.concat([size, query]));
  });
}
