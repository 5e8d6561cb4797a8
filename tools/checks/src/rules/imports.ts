import type { Rule } from '../rule.ts';
import { cruiseWith } from './cruise.ts';
import { rulesOf } from './import-rules.ts';
import { importTable, type Row } from './import-table.ts';

/** Checks every import against the table; the table is a parameter so that fixtures can be small. */
export const importsRule = (table: readonly Row[]): Rule => ({
  name: 'imports',
  summary: 'imports follow the import table: across projects, through entry points, and inside a lib',
  check: (workspace) => cruiseWith(workspace, rulesOf(table)),
});

export const imports = importsRule(importTable);
