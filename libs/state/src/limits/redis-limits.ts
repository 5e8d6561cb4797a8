import { luaScript } from '@nestfleet/redis';
import type { StateKeys } from '../keys.ts';
import { LUA } from '../lua.generated.ts';
import type { RedisCommands } from '../redis-commands.ts';
import type { Limits } from './limits.ts';
import { requireTakes, taken } from './sliding-window.ts';

const takeScript = luaScript('take-limits', LUA['take-limits']);

export function redisLimits(commands: RedisCommands, keys: StateKeys): Limits {
  const takeAll: Limits['takeAll'] = async (takes) => {
    const wanted = requireTakes(takes);
    const args = wanted.flatMap(({ rated, cost }) => [rated.count, rated.widthUs, rated.span, cost]);
    const names = wanted.map(({ key }) => keys.limit(key));
    const [, ...rest] = (await commands.script(takeScript, names, args)) as number[];
    return wanted.map(({ rated: rate }, at) => {
      const [used, resetUs, waitUs] = rest.slice(3 * at) as [number, number, number];
      return taken({ rate, used, resetUs, waitUs });
    });
  };
  return { takeAll, take: async (key, rate, cost = 1) => (await takeAll([{ key, rate, cost }]))[0]! };
}
