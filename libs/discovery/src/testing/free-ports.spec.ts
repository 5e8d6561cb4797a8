import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { freePorts } from './free-ports.ts';

describe('freePorts', () => {
  it('are different ones, and none that a system hands out by itself', async () => {
    const ports = await freePorts(20);
    expect(new Set(ports).size).toBe(20);
    expect(ports.filter((port) => port < 20_000 || port >= 32_000)).toEqual([]);
  });

  it('passes over one that is taken, also by itself', async () => {
    const [taken = 0] = await freePorts(1);
    const server = createServer().listen({ port: taken, host: '127.0.0.1', exclusive: true });
    await once(server, 'listening');
    const draws = [taken, taken, taken + 1, taken + 1, taken + 2];
    const random = (): number => ((draws.shift() ?? 20_000 + Math.random() * 12_000) - 20_000 + 0.5) / 12_000;
    const ports = await freePorts(2, random);
    server.close();
    expect(ports).not.toContain(taken);
    expect(new Set(ports).size).toBe(2);
  });

  it('never hands one out twice, though nobody listens on the first', async () => {
    const [first = 0] = await freePorts(1);
    const draws = [first, first, first];
    const random = (): number => ((draws.shift() ?? 20_000 + Math.random() * 12_000) - 20_000 + 0.5) / 12_000;
    expect(await freePorts(1, random)).not.toContain(first);
  });

  it('passes over one that another process was given, though nobody listens on it', async () => {
    const holder = `const { freePorts } = await import(${JSON.stringify(import.meta.resolve('./free-ports.ts'))});
      console.log(...(await freePorts(1)));
      process.stdin.resume();`;
    const other = spawn(process.execPath, ['--input-type=module', '--eval', holder], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      const [line] = (await once(other.stdout, 'data')) as [Buffer];
      const given = Number(line.toString());
      const draws = [given];
      const random = (): number => ((draws.shift() ?? 20_000 + Math.random() * 12_000) - 20_000 + 0.5) / 12_000;
      expect(await freePorts(1, random)).not.toContain(given);
    } finally {
      other.stdin.end();
      await once(other, 'exit');
    }
  });
});
