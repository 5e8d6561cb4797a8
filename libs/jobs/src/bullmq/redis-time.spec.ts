import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import { endsAtRedisTime } from './redis-time.ts';

const folder = join(dirname(createRequire(import.meta.url).resolve('bullmq')), 'scripts');

it('of all scripts of BullMQ the one that ends a job takes the time of Redis', () => {
  const scripts = readdirSync(folder).filter((file) => file.endsWith('.js'));
  const changed = scripts.filter((file) => {
    const source = readFileSync(join(folder, file), 'utf8');
    return endsAtRedisTime(source) !== source;
  });
  expect(changed).toEqual([expect.stringMatching(/^moveToFinished-\d+\.js$/)]);
});
