import type { Redis } from 'ioredis';
import { redisFault, type RedisFault } from './faults.ts';

/** From how long on who works in a loop is told of a refusal, and how much longer at most, so that loops are not in step. */
const HELD_BACK_MS = 1_000;
/** Questions about the server, which not every user may ask and no work depends on. */
const ABOUT_SERVER = new Set(['config', 'info', 'cluster', 'client', 'subscribe', 'command', 'time']);

export interface ReplyWatch {
  /** A command was turned down. */
  readonly onFault: (fault: RedisFault, redis: Redis) => void;
  /**
   * Whether the reply is handed on after 1 to 2 s only: to a worker that asks again at once, and would do so some thousand
   * times a second.
   */
  readonly holdsBack: boolean;
  readonly random: () => number;
}

/** replyWatch sees each reply that turns a command down, also those to commands that nobody of ours gave. */
export function replyWatch({ onFault, holdsBack, random }: ReplyWatch): (redis: Redis) => void {
  // One that waited for a connection, or is sent on to another node, comes by again.
  const seen = new WeakSet<object>();
  return (redis) => {
    const send = redis.sendCommand.bind(redis);
    redis.sendCommand = (command, stream) => {
      if (seen.has(command)) return send(command, stream);
      seen.add(command);
      const reject = command.reject;
      command.reject = (error) => {
        // What a connection begins with is the handshake's.
        const fault = redis.status === 'ready' && error.name === 'ReplyError' ? redisFault(error) : undefined;
        if (fault === undefined || fault.link === 'ok' || fault.link === 'away') return reject(error);
        if (ABOUT_SERVER.has(command.name)) return reject(error);
        onFault(fault, redis);
        if (!holdsBack) return reject(error);
        setTimeout(() => reject(error), HELD_BACK_MS * (1 + random())).unref();
      };
      return send(command, stream);
    };
  };
}
