import { describe, expect, it } from '@jest/globals';
import type { Container } from './containers.ts';
import { readInstanceIds } from './instance-ids.ts';

const STARTED_AT_MS = Date.parse('2026-01-01T00:01:00Z');

const line = (instanceId: string): string =>
  JSON.stringify({
    event: 'service.ready',
    service: 'api',
    instance_id: instanceId,
    ports: { http: 1, rpc: 2, control: 3, metrics: 4 },
  });
const container = (state: Container['state']): Container =>
  ({ id: 'c1', state, startedAtMs: STARTED_AT_MS }) as Container;

/** An engine with these lines, each as long before the start that it has written down; it prints those since a time. */
function engine(...lines: readonly (readonly [beforeMs: number, text: string])[]) {
  return async (_program: string, args: readonly string[]) => {
    const sinceMs = Date.parse(args[args.indexOf('--since') + 1]!);
    const printed = lines.filter(([beforeMs]) => STARTED_AT_MS - beforeMs >= sinceMs).map(([, text]) => text);
    return { code: 0, stderr: '', stdout: `${printed.join('\n')}\n` };
  };
}

describe('readInstanceIds', () => {
  it.each(['ready', 'unhealthy', 'paused'] as const)(
    'finds the line of one that is %s also where the engine wrote its start down later',
    async (state) => {
      const ids = await readInstanceIds([container(state)], engine([3_000, line('earlier')], [200, line('api-x-1')]));
      expect([...ids]).toEqual([['c1', 'api-x-1']]);
    },
  );

  it.each(['starting', 'stopped'] as const)(
    'takes no line of an earlier run for that of one that is %s',
    async (state) => {
      expect((await readInstanceIds([container(state)], engine([3_000, line('earlier')]))).size).toBe(0);
    },
  );
});
