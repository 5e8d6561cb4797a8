import type { Command, Redis } from 'ioredis';
import { redisFault, type RedisFault } from './faults.ts';

/** Questions about the server, which not every user may ask and no work depends on. */
const ABOUT_SERVER = new Set(['config', 'info', 'cluster', 'client', 'subscribe', 'command', 'time']);

export interface ReplyWatch {
  /** A command was turned down. */
  readonly onFault: (fault: RedisFault, redis: Redis) => void;
}

/** One that waited for a connection, or is sent on to another node, comes by again. A WeakSet of all would cost more than the rest. */
const watched = Symbol('watched');
type Watched = Command & { [watched]?: true };

/** replyWatch sees each reply that turns a command down, also those to commands that nobody of ours gave. */
export function replyWatch({ onFault }: ReplyWatch): (redis: Redis) => void {
  return (redis) => {
    const send = redis.sendCommand.bind(redis);
    redis.sendCommand = (command: Watched, stream) => {
      if (command[watched] === true) return send(command, stream);
      command[watched] = true;
      const reject = command.reject;
      command.reject = (error) => {
        // What a connection begins with is the handshake's.
        const fault = redis.status === 'ready' && error.name === 'ReplyError' ? redisFault(error) : undefined;
        const turnsDown = fault !== undefined && fault.link !== 'ok' && fault.link !== 'away';
        if (turnsDown && !ABOUT_SERVER.has(command.name)) onFault(fault, redis);
        return reject(error);
      };
      return send(command, stream);
    };
  };
}
