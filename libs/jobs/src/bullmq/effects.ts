import type { RedisConnection } from '@nestfleet/redis';
import type { EffectReader, Effects } from '../effects.ts';
import type { Commands } from './commands.ts';
import type { QueueSet } from './queue-set.ts';

/** createEffects reads what effects wrote, as it is now. */
export function createEffects(
  queues: QueueSet,
  commands: Commands,
  { client }: Pick<RedisConnection, 'client'>,
): Effects {
  return {
    effects({ name }): EffectReader {
      const { keys } = queues.get(name);
      const read = <T>(key: string, command: (key: string) => Promise<T>): Promise<T> => {
        const spelt = keys.effect(key);
        const options = { idempotent: true, what: `Read of effects of ${name}`, key: spelt };
        return commands.run(options, () => command(spelt));
      };
      return {
        number: async (key) => Number((await read(key, (spelt) => client.get(spelt))) ?? 0),
        text: async (key) => (await read(key, (spelt) => client.get(spelt))) ?? undefined,
        fields: (key) => read(key, (spelt) => client.hgetall(spelt)),
        members: (key) => read(key, (spelt) => client.smembers(spelt)),
      };
    },
  };
}
