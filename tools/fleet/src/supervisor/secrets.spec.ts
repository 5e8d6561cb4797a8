import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { readOrMakeSecrets } from './secrets.ts';

const dir = mkdtempSync(join(tmpdir(), 'nestfleet-secrets-'));
afterAll(() => rmSync(dir, { recursive: true }));

it('makes secrets once, and says what a file lacks that somebody has changed', () => {
  const file = join(dir, 'secrets.json');
  const made = readOrMakeSecrets(file);
  expect(readOrMakeSecrets(file)).toEqual(made);
  for (const text of ['{"ops_token":1}', '{"ops_to']) {
    writeFileSync(file, text);
    expect(() => readOrMakeSecrets(file)).toThrow(/does not hold session_keys, ops_token, control_token; remove it/);
  }
});
