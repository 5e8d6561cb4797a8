import type { Command, Redis, RedisOptions } from 'ioredis';
import { everySocket } from './every-socket.ts';
import { redisFault } from './faults.ts';
import type { RedisClient } from './link.ts';
import { gateOf, type Reconnecting } from './reconnect-gate.ts';

/** A server that refused us is asked again after that, and up to half as much more by chance. */
const REFUSED_REST_MS = 1_000;
const REFUSED_JITTER = 0.5;

/**
 * HandshakeError: Redis refused a command that every connection begins with. It keeps the reply of Redis and not the
 * command, which would show the password wherever the error is logged.
 */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';

  /** One for all commands where the server itself is busy or loading: it is chance which of them is told so first. */
  get kind(): string {
    const fault = redisFault(this);
    return fault?.link === 'busy' || fault?.link === 'loading' ? fault.name : this.message;
  }
}

/**
 * strictHandshake makes each refusal at connect the end of that connection, for the client, the nodes of a cluster and
 * all duplicates (BullMQ makes its own). ioredis goes on after most of them: with SELECT refused every command would go to
 * database 0. The refused connection is closed and tried again as a lost one is, so it heals when Redis takes it; but a second
 * later at least, because Redis answers. Of all clients of the process one at a time tries.
 */
export const strictHandshake = <C extends RedisClient>(client: C, random: () => number): C =>
  everySocket(client, (redis) => watchHandshake(redis, random));

/** A Redis before 6 does not know HELLO, or not the version: ioredis then begins again with the older protocol. */
const isNegotiation = ({ name }: Command, { message }: Error): boolean =>
  name === 'hello' && /NOPROTO|unknown command/i.test(message);

type RetryStrategy = Exclude<RedisOptions['retryStrategy'], null | undefined>;

/** What each gated strategy is made of. */
const delays = new WeakMap<RetryStrategy, RetryStrategy>();

/** The timer of ioredis has no public name; left alone it would connect once more, later. */
function tryNow(redis: Redis): void {
  if (redis.status !== 'reconnecting') return;
  const timer = redis['reconnectTimeout'] as NodeJS.Timeout | null;
  if (timer) clearTimeout(timer);
  redis['reconnectTimeout'] = null;
  redis.connect().catch(() => undefined);
}

function watchHandshake(redis: Redis, random: () => number): void {
  const send = redis.sendCommand.bind(redis);
  const gate = gateOf(redis.options);
  const reconnecting: Reconnecting = { tryNow: () => tryNow(redis) };
  const { retryStrategy } = redis.options;
  // A duplicate has the options of its original, which is another client before the gate.
  const delayOf = retryStrategy && (delays.get(retryStrategy) ?? retryStrategy);
  let renegotiated: Redis['stream'] | undefined;
  let refused: Redis['stream'] | undefined;
  let rests = false;

  if (typeof delayOf === 'function') {
    const gated: RetryStrategy = (attempt) => {
      const delayMs = delayOf(attempt);
      if (typeof delayMs !== 'number') return delayMs;
      const restMs = rests ? Math.round(REFUSED_REST_MS * (1 + REFUSED_JITTER * random())) : 0;
      rests = false;
      return gate.delayMs(reconnecting, Math.max(delayMs, restMs));
    };
    delays.set(gated, delayOf);
    redis.options.retryStrategy = gated;
    redis.on('ready', () => gate.admitted(reconnecting));
    redis.on('end', () => gate.left(reconnecting));
    const disconnect = redis.disconnect.bind(redis);
    redis.disconnect = (reconnects = false) => {
      disconnect(reconnects);
      // Between two attempts it ends without a word.
      if (!reconnects) gate.left(reconnecting);
    };
  }

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
      rests = true;
      redis.silentEmit('error', new HandshakeError(`${command.name.toUpperCase()} refused: ${error.message}`));
      redis.disconnect(true);
    };
  }
}
