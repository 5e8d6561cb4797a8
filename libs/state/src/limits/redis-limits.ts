import { luaScript } from '@nestfleet/redis';
import type { StateKeys } from '../keys.ts';
import { LUA } from '../lua.generated.ts';
import type { RedisCommands } from '../redis-commands.ts';
import type { Limits } from './limits.ts';
import { requireTakes, startOf, taken } from './sliding-window.ts';

const takeScript = luaScript('take-limits', LUA['take-limits']);
const refundScript = luaScript('refund-limits', LUA['refund-limits']);

export function redisLimits(commands: RedisCommands, keys: StateKeys): Limits {
  const takeAll: Limits['takeAll'] = async (takes) => {
    const wanted = requireTakes(takes);
    const args = wanted.flatMap(({ rated, cost }) => [rated.count, rated.widthUs, rated.span, cost]);
    const names = wanted.map(({ key }) => keys.limit(key));
    const [nowUs = 0, ...rest] = (await commands.script(takeScript, names, args)) as number[];
    const outcomes = wanted.map(({ rated: rate }, at) => {
      const [used, resetUs, waitUs] = rest.slice(3 * at) as [number, number, number];
      return { rate, used, resetUs, waitUs };
    });
    const isTaken = outcomes.every(({ waitUs }) => waitUs === 0);
    return outcomes.map((each) => taken({ ...each, mark: isTaken ? startOf(nowUs, each.rate) : undefined }));
  };
  const refund: Limits['refund'] = async (takes, allowances) => {
    const given = requireTakes(takes).flatMap(({ key, cost }, at) => {
      const mark = allowances[at]?.mark;
      return mark === undefined ? [] : [{ name: keys.limit(key), mark, cost }];
    });
    if (given.length === 0) return;
    const args = given.flatMap(({ mark, cost }) => [mark, cost]);
    await commands.script(
      refundScript,
      given.map(({ name }) => name),
      args,
    );
  };
  return { takeAll, refund, take: async (key, rate, cost = 1) => (await takeAll([{ key, rate, cost }]))[0]! };
}
