import type { Command, Redis } from 'ioredis';
import { everySocket } from './every-socket.ts';
import type { RedisClient } from './link.ts';

/**
 * HandshakeError: Redis refused a command that every connection begins with. It keeps the reply of Redis and not the
 * command, which would show the password wherever the error is logged.
 */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
}

/**
 * strictHandshake makes each refusal at connect the end of that connection, for the client, the nodes of a cluster and
 * all duplicates (BullMQ makes its own). ioredis goes on after most of them: with SELECT refused every command would go to
 * database 0. The refused connection is closed and tried again as a lost one is, so it heals when Redis takes it.
 */
export const strictHandshake = <C extends RedisClient>(client: C): C => everySocket(client, watchHandshake);

/** A Redis before 6 does not know HELLO, or not the version: ioredis then begins again with the older protocol. */
const isNegotiation = ({ name }: Command, { message }: Error): boolean =>
  name === 'hello' && /NOPROTO|unknown command/i.test(message);

function watchHandshake(redis: Redis): void {
  const send = redis.sendCommand.bind(redis);
  let renegotiated: Redis['stream'] | undefined;
  let refused: Redis['stream'] | undefined;

  redis.sendCommand = (command, stream) => {
    if (redis.status === 'connect') watch(command);
    return send(command, stream);
  };

  function watch(command: Command): void {
    const socket = redis.stream;
    const isFirstRound = redis.condition?.protocol === 3;
    const reject = command.reject;
    command.reject = (error) => {
      // Until `ready`, Redis answers nothing but the handshake: other commands wait in a queue or are refused by ioredis.
      if (error.name !== 'ReplyError' || redis.status !== 'connect' || redis.stream !== socket) return reject(error);
      if (isNegotiation(command, error)) renegotiated = socket;
      if (isFirstRound && renegotiated === socket) return reject(error);
      // The command stays without an answer, so ioredis waits for it until the connection is closed.
      if (refused === socket) return;
      refused = socket;
      redis.silentEmit('error', new HandshakeError(`${command.name.toUpperCase()} refused: ${error.message}`));
      redis.disconnect(true);
    };
  }
}
