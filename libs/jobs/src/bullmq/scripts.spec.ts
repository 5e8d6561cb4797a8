import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SCRIPT_COMMANDS } from '@nestfleet/redis';
import { LUA } from '../lua.generated.ts';

const folder = join(dirname(createRequire(import.meta.url).resolve('bullmq')), 'scripts');
const ofBullMq = readdirSync(folder)
  .filter((file) => /-\d+\.js$/.test(file))
  .map((file) => [file, readFileSync(join(folder, file), 'utf8')] as const);
const unknownIn = (source: string): string[] =>
  [...source.matchAll(/call\(\s*['"](\w+)['"]/gi)]
    .map(([, command = '']) => command)
    .filter((command) => !SCRIPT_COMMANDS.has(command));

describe('the check of permissions knows the commands of', () => {
  it.each(Object.entries(LUA))('%s', (_name, source) => expect(unknownIn(source)).toEqual([]));
  it.each(ofBullMq)("BullMQ's %s", (_name, source) => expect(unknownIn(source)).toEqual([]));
  it('as many scripts as BullMQ has', () => expect(ofBullMq.length).toBeGreaterThan(40));
});
