import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { endWithOwner } from '@nestfleet/timing/testing';

const program = `const s = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port))`;

/** Starts a process that is stopped, and whose queue of connections is full: what connects there is left waiting. */
export async function startStoppedReplica(): Promise<{ address: string; close(): Promise<void> }> {
  const stopped = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  endWithOwner(stopped);
  const [line] = (await once(stopped.stdout, 'data')) as [Buffer];
  const port = Number(line);
  stopped.kill('SIGSTOP');
  const waiting = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  return {
    address: `127.0.0.1:${port}`,
    async close() {
      for (const socket of waiting) socket.destroy();
      const ended = once(stopped, 'exit');
      stopped.kill('SIGKILL');
      await ended;
    },
  };
}
