import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { REDIS_ERRORS } from '../src/index.ts';

describe('README', () => {
  const text = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8').replace(/ +/g, ' ');

  it.each(Object.entries(REDIS_ERRORS))('documents %s as the code does', (code, { status, meaning }) => {
    expect(text).toContain(`| \`${code}\` | ${status} | ${meaning} |`);
  });
});
