import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

/**
 * True when a Redis on 127.0.0.1 answers PING, be it that it wants to know who asks; false for a refusal, `-LOADING`, silence of `timeoutMs` or any other fault.
 */
export function answersPing(port: number, timeoutMs: number, tls?: { readonly ca: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const place = { port, host: '127.0.0.1' };
    const socket = tls === undefined ? connect(place) : connectTls({ ...place, ...tls });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => settle(false));
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => socket.write('PING\r\n'));
    socket.once('data', (data: Buffer) => settle(/^(\+PONG|-NOAUTH)/.test(data.toString('latin1'))));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
  });
}
