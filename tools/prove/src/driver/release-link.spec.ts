import { afterEach, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReleaseLink } from './release-link.ts';

const link = new ReleaseLink();
const releases = ['one', 'two'].map((name) => realpathSync(mkdtempSync(join(tmpdir(), `nestfleet-${name}-`))));
afterEach(() => {
  link.remove();
  for (const release of releases) rmSync(release, { recursive: true, force: true });
});

it('a link of releases is turned from one to the next and back, and leaves the releases where they are', () => {
  const [one = '', two = ''] = releases;
  for (const release of [one, two, one]) {
    link.turnTo(release);
    expect(realpathSync(link.folder)).toBe(release);
  }
  link.remove();
  expect([existsSync(link.folder), existsSync(one), existsSync(two)]).toEqual([false, true, true]);
});
