import { Redis } from 'ioredis';
import { withDeadline } from '@nestfleet/timing';

const ANSWER_WITHIN_MS = 2_000;
/** A timer of ioredis that runs on when there is nothing to end any more. */
const DISCONNECT_TIMEOUT_MS = 100;

/** How a server is let in and talked to by the one that started it. */
export interface AdminOptions {
  /** @default 127.0.0.1 */
  readonly host?: string;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: { readonly ca: string };
}

/** `sendCommand` sends one command to a server, on a connection of its own. */
export async function sendCommand(
  port: number,
  command: readonly string[],
  options: AdminOptions = {},
): Promise<unknown> {
  const [name = '', ...args] = command;
  const client = new Redis({
    host: '127.0.0.1',
    ...options,
    port,
    lazyConnect: true,
    enableReadyCheck: false,
    protocol: 2,
    retryStrategy: null,
    connectTimeout: ANSWER_WITHIN_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
  });
  // What it fails with is the answer.
  client.on('error', () => undefined);
  try {
    return await withDeadline(
      client.connect().then(() => client.call(name, ...args)),
      ANSWER_WITHIN_MS,
    );
  } finally {
    client.disconnect();
  }
}

/** A reply that is a list, as texts. */
export const list = (reply: unknown): string[] => (Array.isArray(reply) ? reply.map(String) : []);
