import { luaScript } from '@nestfleet/redis';
import type { StateKeys } from '../keys.ts';
import { LUA } from '../lua.generated.ts';
import type { RedisCommands } from '../redis-commands.ts';
import { gcraRate, requireTakes, taken } from './gcra.ts';
import type { Limits } from './limits.ts';

const takeScript = luaScript('take-limits', LUA['take-limits']);

export function redisLimits(commands: RedisCommands, keys: StateKeys): Limits {
  const takeAll: Limits['takeAll'] = async (takes) => {
    const rates = requireTakes(takes).map(({ rate }) => gcraRate(rate));
    const args = rates.flatMap(({ stepUs, roomUs }) => [stepUs, roomUs]);
    const names = takes.map(({ key }) => keys.limit(key));
    const [nowUs = 0, ...rest] = (await commands.script(takeScript, names, args)) as number[];
    return rates.map((rate, at) => {
      const { fullUs: _, ...allowance } = taken({ nowUs, rate, fullUs: rest[2 * at]!, waitUs: rest[2 * at + 1]! });
      return allowance;
    });
  };
  return { takeAll, take: async (key, rate) => (await takeAll([{ key, rate }]))[0]! };
}
