import { expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bundles } from './bundles.ts';

it('tells a replica of an older program by content, not by time', () => {
  const dir = mkdtempSync(join(tmpdir(), 'nestfleet-bundles-'));
  mkdirSync(join(dir, 'api'));
  const bundles = new Bundles(dir);
  const program = bundles.programOf('api');
  writeFileSync(program, 'one');
  bundles.recordStart('api-1', 'api');
  utimesSync(program, new Date(), new Date(Date.now() + 60_000));
  const replicas = [{ name: 'api-1', service: 'api' }];
  expect(bundles.outdated(replicas)).toEqual([]);
  writeFileSync(program, 'two');
  expect(bundles.outdated(replicas)).toEqual(['api-1']);
  rmSync(dir, { recursive: true });
});
