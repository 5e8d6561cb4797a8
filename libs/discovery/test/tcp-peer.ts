import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { endWithOwner } from '@nestfleet/timing/testing';

/** Answers `echo` over @nestjs/microservices TCP; plain JavaScript, so that it can be a process of its own. */
const program = `
  const { ServerTCP } = await import('@nestjs/microservices');
  const server = new ServerTCP({ host: '127.0.0.1', port: 0 });
  server.addHandler('echo', async (data) => ({ echo: data }));
  server.listen(() => console.log(server.unwrap().address().port));
`;

/** A peer that can be stopped and killed as a process can. */
export interface TcpPeer {
  port: number;
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  kill(): Promise<void>;
}

export async function startTcpPeer(): Promise<TcpPeer> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  endWithOwner(child);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return {
    port: Number(line),
    signal: (name) => child.kill(name),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
