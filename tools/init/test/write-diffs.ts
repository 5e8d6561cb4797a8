import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unifiedDiff } from '../src/diff.ts';
import { planInit } from '../src/plan.ts';
import { fixtures, folderOf, generatedApps, readArchive } from './generated-apps.ts';

// Writes fixtures/*.diff anew, to be read and committed: `node tools/init/test/write-diffs.ts`.
for (const { name, app } of generatedApps) {
  const plan = planInit(folderOf(readArchive(name)), { app, redis: false, version: '0.1.0' });
  writeFileSync(join(fixtures, `${name}.diff`), unifiedDiff(plan.changes));
}
