import { parseArgs } from 'node:util';
import { resolve } from 'node:path';
import { formatFinding, type Finding } from './wall.ts';
import { walls } from './walls/all.ts';
import { openWorkspace } from './workspace.ts';

/**
 * Runs the walls: `node tools/checks/src/walls.ts [--json] [--only a,b] [--root folder]`.
 * Exit code 1 when a wall has findings, 2 when it is called wrongly.
 */
const { values } = parseArgs({
  options: { json: { type: 'boolean' }, only: { type: 'string' }, root: { type: 'string' } },
});

const wanted = values.only?.split(',');
const unknown = wanted?.filter((name) => !walls.some((wall) => wall.name === name)) ?? [];
if (unknown.length > 0) {
  console.error(`no such wall: ${unknown.join(', ')}; there are ${walls.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const workspace = openWorkspace(resolve(values.root ?? `${import.meta.dirname}/../../..`));
const results: { name: string; findings: readonly Finding[]; tookMs: number }[] = [];
for (const wall of walls.filter(({ name }) => wanted?.includes(name) ?? true)) {
  const startedMs = performance.now();
  const findings = await wall.check(workspace);
  results.push({ name: wall.name, findings, tookMs: Math.round(performance.now() - startedMs) });
  if (values.json) continue;
  console.log(`${findings.length === 0 ? 'ok  ' : 'FAIL'}  ${wall.name.padEnd(16)} ${wall.rule}`);
  for (const finding of findings) console.log(`        ${formatFinding(finding)}`);
}

if (values.json) console.log(JSON.stringify(results, null, 2));
process.exitCode = results.some(({ findings }) => findings.length > 0) ? 1 : 0;
