import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runPipeline } from './pipeline/run-pipeline.ts';
import { closingLine, formatTable, sum } from './pipeline/counts.ts';
import { chooseStages, stages } from './pipeline/stages.ts';
import { openWorkspace } from './workspace.ts';

/**
 * The test pipeline behind `make test`: `node tools/checks/src/pipeline.ts [--only a,b] [--from stage] [--project a,b]`.
 * The last line is the sum of all checks. Exit code 1 with a failed one, 2 when called wrongly, 130 when interrupted.
 */
const options = { only: { type: 'string' }, from: { type: 'string' }, project: { type: 'string' } } as const;
const root = resolve(import.meta.dirname, '../../..');
process.env['PATH'] = `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`;

const print = (line: string) => console.log(line);
const nowMs = () => performance.now();

async function main(): Promise<number> {
  const { values } = parseArgs({ options });
  const chosen = chooseStages(stages, values);
  const workspace = openWorkspace(root);
  const wanted = values.project?.split(',');
  const projects = workspace.projects.filter(({ name }) => wanted?.includes(name) ?? true);
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupt.abort());

  const folder = mkdtempSync(join(tmpdir(), 'nestfleet-test-'));
  const failures: string[] = [];
  const noteFailure = (check: string): unknown => failures.push(check);
  const isCi = Boolean(process.env['CI']);
  const results = await runPipeline(chosen, {
    context: { workspace, projects, folder, print, noteFailure },
    interrupt: interrupt.signal,
    isCi,
    nowMs,
  });

  const total = sum(results.map(({ counts }) => counts));
  const tookMs = results.reduce((all, result) => all + result.tookMs, 0);
  print(`\n${formatTable([...results, { stage: 'all', counts: total, tookMs }])}`);
  if (failures.length > 0) print(`\nfailed:\n${failures.map((check) => `  ${check}`).join('\n')}`);
  if (total.failed > 0) print(`\nlogs in ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
  if (interrupt.signal.aborted) print('\ninterrupted');
  print(closingLine(total));
  if (interrupt.signal.aborted) return 130;
  return total.failed > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
