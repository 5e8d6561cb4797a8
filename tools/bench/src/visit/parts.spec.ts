import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { overloadParts } from '../overload/parts.ts';
import { parts } from './parts.ts';

const patches = [...parts, ...overloadParts].flatMap((part) =>
  part.patches.map((patch) => [part.name, patch] as const),
);

describe('parts of the api', () => {
  it.each(patches)('%s is where its patch looks for it', (_name, { file, find }) => {
    const source = readFileSync(join(import.meta.dirname, '../../../..', file), 'utf8');
    expect(source.split(find)).toHaveLength(2);
  });
});
