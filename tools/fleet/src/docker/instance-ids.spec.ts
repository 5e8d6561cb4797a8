import { describe, expect, it } from '@jest/globals';
import type { Container } from './containers.ts';
import { readInstanceIds } from './instance-ids.ts';

const line = JSON.stringify({
  event: 'service.ready',
  service: 'api',
  instance_id: 'api-x-1',
  ports: { http: 1, rpc: 2, control: 3, metrics: 4 },
});
const container = (state: Container['state']): Container => ({ id: 'c1', state, startedAtMs: 0 }) as Container;

/** An engine that prints nothing of the log so many times, and how often it was asked. */
function engine(silentTimes: number) {
  let asked = 0;
  return {
    asked: () => asked,
    runner: async () => ({ code: 0, stderr: '', stdout: asked++ < silentTimes ? '' : `other words\n${line}\n` }),
  };
}

describe('readInstanceIds', () => {
  it('asks again where the engine prints nothing of the log of a replica that is ready', async () => {
    const { runner, asked } = engine(3);
    expect([...(await readInstanceIds([container('ready')], runner))]).toEqual([['c1', 'api-x-1']]);
    expect(asked()).toBe(4);
  });

  it.each([
    ['starting', 1],
    ['stopped', 0],
  ] as const)('does not where it is %s', async (state, times) => {
    const { runner, asked } = engine(1);
    expect((await readInstanceIds([container(state)], runner)).size).toBe(0);
    expect(asked()).toBe(times);
  });
});
