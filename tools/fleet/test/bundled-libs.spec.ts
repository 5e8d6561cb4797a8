import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { bundledLibs } from '../../rolldown.bundled.mjs';

const root = resolve(import.meta.dirname, '../../..');

/** What two copies of a module would each have for themselves: classes, which instanceof tells apart, and what lasts. */
const ofOneProcess =
  /^(?:export )?(?:abstract )?class |^(?:export )?let |new (?:Weak(?:Map|Set|Ref)|AsyncLocalStorage|EventEmitter)\b|\bSymbol\(|^(?:export )?const \w+(?::[^=]+)? = (?:new (?:Map|Set)\b[^(]*\(\)|\[\]|\{\});$/m;

const sourcesOf = (lib: string): readonly string[] =>
  globSync(`libs/${lib}/src/**/*.ts`, { cwd: root, exclude: (file) => file.endsWith('.spec.ts') });

const held = (lib: string): string[] =>
  sourcesOf(lib).filter((file) => ofOneProcess.test(readFileSync(join(root, file), 'utf8')));

describe('the libs that are bundled', () => {
  it.each(bundledLibs)('%s has nothing of which a process should have one', (lib) => {
    expect(sourcesOf(lib).length).toBeGreaterThan(0);
    expect(held(lib)).toEqual([]);
  });

  it('could not be redis or timing', () => {
    expect(held('redis')).toEqual(expect.arrayContaining(['libs/redis/src/budget.ts', 'libs/redis/src/errors.ts']));
    expect(held('timing')).toContain('libs/timing/src/deadline.ts');
  });
});
