import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { baseConfig } from '../config/base-config.ts';
import { loadConfig } from '../config/environment.ts';
import { createAdapter } from './adapter.ts';

/** A connection on which nothing works any more. */
const broken = () => {
  let destroyed = 0;
  const socket = new Proxy(new Socket(), {
    get: (target, name) => {
      if (name === 'destroyed') return false;
      if (name === 'destroy') return () => (destroyed += 1);
      throw new Error(`no ${String(name)}`);
    },
  });
  return { socket, destroyed: () => destroyed };
};

describe('a handler that fails', () => {
  it.each([
    ['clientError', (socket: Socket) => [new Error('x'), socket]],
    ['connect', (socket: Socket) => [{}, socket]],
    ['checkContinue', (socket: Socket) => [{ socket }, { socket }]],
  ])('of %s ends that connection alone, with one line', (event, args) => {
    const told: string[] = [];
    const log = pino({ level: 'error' }, { write: (line: string) => void told.push(line) });
    const { server } = createAdapter(loadConfig(baseConfig({ httpPort: 0 }), {}), log).getInstance<FastifyInstance>();
    const { socket, destroyed } = broken();
    expect(() => server.emit(event, ...args(socket))).not.toThrow();
    expect(destroyed()).toBe(1);
    expect(told).toEqual([expect.stringContaining('connection.fault')]);
  });
});
