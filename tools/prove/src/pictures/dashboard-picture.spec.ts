import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from '@jest/globals';
import { DASHBOARD_SIZE } from './dashboard-picture.ts';

it('the picture of the README has the size that `make pictures` takes it in', () => {
  const picture = readFileSync(resolve(import.meta.dirname, '../../../../docs/dashboard.png'));
  expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual(Object.values(DASHBOARD_SIZE));
});
