import { parseArgs } from 'node:util';
import { resolve } from 'node:path';
import { formatFinding, type Finding } from './rule.ts';
import { allRules } from './rules/all-rules.ts';
import { openWorkspace } from './workspace.ts';

/**
 * Runs the rules: `node tools/checks/src/checks.ts [--json] [--only a,b] [--root folder]`.
 * Exit code 1 when a rule has findings, 2 when it is called wrongly.
 */
const { values } = parseArgs({
  options: { json: { type: 'boolean' }, only: { type: 'string' }, root: { type: 'string' } },
});

const wanted = values.only?.split(',');
const unknown = wanted?.filter((name) => !allRules.some((rule) => rule.name === name)) ?? [];
if (unknown.length > 0) {
  console.error(`no such rule: ${unknown.join(', ')}; there are ${allRules.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const workspace = openWorkspace(resolve(values.root ?? `${import.meta.dirname}/../../..`));
const results: { name: string; findings: readonly Finding[]; tookMs: number }[] = [];
for (const rule of allRules.filter(({ name }) => wanted?.includes(name) ?? true)) {
  const startedMs = performance.now();
  const findings = await rule.check(workspace);
  results.push({ name: rule.name, findings, tookMs: Math.round(performance.now() - startedMs) });
  if (values.json) continue;
  console.log(`${findings.length === 0 ? 'ok  ' : 'FAIL'}  ${rule.name.padEnd(16)} ${rule.summary}`);
  for (const finding of findings) console.log(`        ${formatFinding(finding)}`);
}

if (values.json) console.log(JSON.stringify(results, null, 2));
process.exitCode = results.some(({ findings }) => findings.length > 0) ? 1 : 0;
