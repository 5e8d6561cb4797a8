import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { BoundSocket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectedDuringStall, endWithOwner, waitingConnectionsMax } from '@nestfleet/timing/testing';
import { ask } from './fleet/ask.ts';

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('HOW MANY CONNECTIONS WAIT IN THE KERNEL IS NOT TESTED: THIS IS NO LINUX');
const onLinux = isLinux ? describe : describe.skip;
const program = join(import.meta.dirname, 'fleet', 'public-gateway.ts');

describe('the public socket', () => {
  let socket: BoundSocket;
  const children: ChildProcess[] = [];

  /** As a supervisor does it: the port is bound once, and each gateway inherits the descriptor. */
  async function startChild(backlog = 511): Promise<{ pid: number; port: number; child: ChildProcess }> {
    const child = spawn(process.execPath, [program], {
      stdio: ['ignore', 'pipe', 'inherit', socket.fd()],
      env: { PATH: '', BACKLOG: String(backlog) },
    });
    endWithOwner(child);
    children.push(child);
    const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
    return { pid: child.pid ?? 0, port: Number(line.toString()), child };
  }

  beforeAll(() => {
    socket = new BoundSocket({ host: '127.0.0.1', port: 0 });
  });
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
    socket?.close();
  });

  it('is shared by several gateways, and one that shuts down loses no request', async () => {
    const first = await startChild();
    const second = await startChild();
    expect(second.port).toBe(first.port);
    const served = new Map<number, number>();
    const stop = new AbortController();
    const client = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        const { body } = await ask(first.port, Math.random() < 0.1 ? '/slow' : '/');
        served.set(Number(body), (served.get(Number(body)) ?? 0) + 1);
      }
    };
    const clients = Array.from({ length: 8 }, client);
    while ((served.get(first.pid) ?? 0) < 20 || (served.get(second.pid) ?? 0) < 20)
      await new Promise((resolve) => setTimeout(resolve, 10));
    first.child.kill('SIGTERM');
    const [code] = (await once(first.child, 'exit')) as [number];
    const before = served.get(second.pid) ?? 0;
    while ((served.get(second.pid) ?? 0) < before + 50) await new Promise((resolve) => setTimeout(resolve, 10));
    stop.abort();
    await Promise.all(clients);
    expect(code).toBe(0);
    expect([...served.keys()].toSorted((a, b) => a - b)).toEqual([first.pid, second.pid].toSorted((a, b) => a - b));
  });

  async function killAll(): Promise<void> {
    for (const child of children.splice(0).filter(({ exitCode }) => exitCode === null)) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }

  it('serves connections that came while no gateway was there', async () => {
    await killAll();
    const { port } = socket.address();
    const waiting = ask(port, '/');
    const third = await startChild();
    expect((await waiting).body).toBe(String(third.pid));
  });

  onLinux('while its gateway stands still', () => {
    it('has room for as many connections as it is told', async () => {
      await killAll();
      const count = Math.min(900, waitingConnectionsMax());
      const { port, child } = await startChild(count);
      child.kill('SIGSTOP');
      expect(await connectedDuringStall(port, count, 2_000)).toBe(count);
    });
  });
});
