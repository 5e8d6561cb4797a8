// A load of few instructions, in a process of its own: each connection sends its next request when the last is answered.
// Run by `startLoad`.
import { connect, type Socket } from 'node:net';

export interface LoadOrder {
  readonly port: number;
  /** @default / */
  readonly path?: string;
  /** One connection each. */
  readonly cookies: readonly string[];
  readonly forMs: number;
}

export interface LoadReport {
  readonly answered: number;
  /** Answers that were no 200, and connections that broke. */
  readonly failed: number;
}

/** How long the last answers may take after the end. */
const LAST_ANSWERS_MS = 5_000;

function ask(order: LoadOrder, cookie: string, endMs: number, report: { answered: number; failed: number }) {
  const { port, path = '/' } = order;
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncookie: sid=${cookie}\r\n\r\n`);
  return new Promise<void>((resolve) => {
    const socket: Socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    const lastResort = setTimeout(
      () => socket.destroy(new Error('no answer')),
      endMs + LAST_ANSWERS_MS - performance.now(),
    );
    let text = '';
    socket.on('connect', () => socket.write(request));
    socket.on('error', () => (report.failed += 1));
    socket.on('close', () => {
      clearTimeout(lastResort);
      resolve();
    });
    socket.on('data', (more: string) => {
      text += more;
      const head = text.indexOf('\r\n\r\n');
      if (head < 0 || text.length < head + 4 + Number(/content-length: (\d+)/i.exec(text)?.[1])) return;
      if (text.startsWith('HTTP/1.1 200 ')) report.answered += 1;
      else report.failed += 1;
      text = '';
      if (performance.now() < endMs) socket.write(request);
      else socket.destroy();
    });
  });
}

async function run(order: LoadOrder): Promise<void> {
  const report = { answered: 0, failed: 0 };
  const endMs = performance.now() + order.forMs;
  await Promise.all(order.cookies.map((cookie) => ask(order, cookie, endMs, report)));
  process.send?.(report satisfies LoadReport);
}

process.on('message', (order: LoadOrder) => void run(order));
process.on('disconnect', () => process.exit(0));
