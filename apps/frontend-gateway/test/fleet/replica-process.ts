import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A replica that can be killed: answers 200, upgrades what asks for it, and keeps the ids of what it has done. */
const PROGRAM = `
const server = require('node:http').createServer((request, response) => {
  if (request.url === '/done') return response.end(JSON.stringify(done));
  done.push(request.headers['x-id']);
  request.resume().on('end', () => response.end('ok'));
});
const done = [];
server.on('upgrade', (request, socket) => {
  done.push(request.headers['x-id']);
  socket.on('error', () => undefined).end('HTTP/1.1 101 Switching Protocols\\r\\nconnection: Upgrade\\r\\nupgrade: websocket\\r\\n\\r\\n');
});
server.keepAliveTimeout = 95_000;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.on('disconnect', () => process.exit());
`;

export interface ReplicaProcess {
  readonly address: string;
  /** Ids of the requests that it has done, by `x-id`. */
  done(): Promise<string[]>;
  /** kill -9, until it has ended. */
  kill(): Promise<void>;
}

/** Ends with this process, too. */
export async function startReplicaProcess(): Promise<ReplicaProcess> {
  const child: ChildProcess = spawn(process.execPath, ['-e', PROGRAM], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
  const address = `127.0.0.1:${line}`;
  return {
    address,
    done: async () => (await (await fetch(`http://${address}/done`)).json()) as string[],
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
