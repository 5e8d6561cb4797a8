import { connect } from 'node:net';

export interface Said {
  /** All that came, one character per byte. */
  readonly text: string;
  /** How the connection ended; undefined where it did not. */
  readonly end: 'end' | 'reset' | undefined;
}

/** An answer after which the connection stays open is taken as it is after so long without a byte, milliseconds. */
const SILENCE_MS = 1_500;
const WHOLE_MS = 20_000;

/** sayBytes sends bytes over a connection of its own, and waits until it ends. */
export function sayBytes(port: number, bytes: string): Promise<Said> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).setEncoding('latin1');
    let text = '';
    let silence: NodeJS.Timeout | undefined;
    const over = (end: Said['end']): void => {
      clearTimeout(whole);
      clearTimeout(silence);
      socket.destroy();
      resolve({ text, end });
    };
    const whole = setTimeout(() => over(undefined), WHOLE_MS);
    socket.on('data', (chunk: string) => {
      text += chunk;
      clearTimeout(silence);
      silence = setTimeout(() => over(undefined), SILENCE_MS);
    });
    socket.on('end', () => over('end')).on('error', () => over('reset'));
    socket.write(bytes, 'latin1');
  });
}
