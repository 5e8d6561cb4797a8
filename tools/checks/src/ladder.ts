import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { climb } from './ladder/climb.ts';
import { closingLine, formatTable, sum } from './ladder/counts.ts';
import { chooseRungs, rungs } from './ladder/rungs.ts';
import { openWorkspace } from './workspace.ts';

/**
 * The test ladder behind `make test`: `node tools/checks/src/ladder.ts [--only a,b] [--from rung] [--project a,b]`.
 * The last line is the sum of all checks. Exit code 1 with a failed one, 2 when called wrongly, 130 when interrupted.
 */
const options = { only: { type: 'string' }, from: { type: 'string' }, project: { type: 'string' } } as const;
const root = resolve(import.meta.dirname, '../../..');
process.env['PATH'] = `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`;

const say = (line: string) => console.log(line);
const nowMs = () => performance.now();

async function main(): Promise<number> {
  const { values } = parseArgs({ options });
  const chosen = chooseRungs(rungs, values);
  const workspace = openWorkspace(root);
  const wanted = values.project?.split(',');
  const projects = workspace.projects.filter(({ name }) => wanted?.includes(name) ?? true);
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupt.abort());

  const folder = mkdtempSync(join(tmpdir(), 'nestfleet-test-'));
  const isCi = Boolean(process.env['CI']);
  const results = await climb(chosen, {
    stage: { workspace, projects, folder, say },
    interrupt: interrupt.signal,
    isCi,
    nowMs,
  });

  const total = sum(results.map(({ counts }) => counts));
  const tookMs = results.reduce((all, result) => all + result.tookMs, 0);
  say(`\n${formatTable([...results, { rung: 'all', counts: total, tookMs }])}`);
  if (total.failed > 0) say(`\nlogs in ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
  if (interrupt.signal.aborted) say('\ninterrupted');
  say(closingLine(total));
  if (interrupt.signal.aborted) return 130;
  return total.failed > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
