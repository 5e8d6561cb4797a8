import type { Redis } from 'ioredis';

/**
 * oneWrite sends all commands of one turn by one write: ioredis makes a system call of each. A server that says why it takes
 * nobody (`max number of clients reached`) and closes resets the connection at the first write; a second one of the
 * handshake would fail before its reply is read.
 */
export function oneWrite(redis: Redis): void {
  const send = redis.sendCommand.bind(redis);
  let held: Redis['stream'] | undefined;

  redis.sendCommand = (command, stream) => {
    hold(redis.stream);
    return send(command, stream);
  };

  /** Before the first connection there is no socket. */
  function hold(socket: Redis['stream'] | undefined): void {
    if (socket === undefined || socket === held) return;
    held = socket;
    socket.cork();
    // Behind all promises that are settled by now.
    process.nextTick(() => {
      if (held === socket) held = undefined;
      socket.uncork();
    });
  }
}
