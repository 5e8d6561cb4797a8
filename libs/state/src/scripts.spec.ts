import { expect, it } from '@jest/globals';
import { SCRIPT_COMMANDS } from '@nestfleet/redis';
import { LUA } from './lua.generated.ts';

it.each(Object.entries(LUA))('%s has commands that the check of permissions knows', (_name, source) => {
  const called = [...source.matchAll(/call\(\s*['"](\w+)['"]/gi)].map(([, command = '']) => command);
  expect(called.filter((command) => !SCRIPT_COMMANDS.has(command))).toEqual([]);
});
