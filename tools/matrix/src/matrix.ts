import { parseArgs } from 'node:util';
import { chooseCells, nameOf } from './cells.ts';
import { registryAnswers } from './npm.ts';
import { runCell } from './run-cell.ts';
import { runRows } from './run-rows.ts';

/**
 * The install matrix behind `make matrix`: `node tools/matrix/src/matrix.ts [--cell nest11,fastify-node24]`. Exit code 1 with
 * a cell that failed, 64 when called wrongly, 69 without a registry of npm or a Redis.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { cell: { type: 'string' } } });
  const cells = chooseCells(values.cell);
  const redisUrl = process.env['REDIS_URL'];
  if (redisUrl === undefined || !(await registryAnswers())) {
    console.error(redisUrl === undefined ? 'REDIS_URL is not set' : 'the registry of npm does not answer');
    return 69;
  }
  const rows = new Map(cells.map((cell) => [nameOf(cell), cell]));
  return runRows('cell', rows, (cell) => runCell(cell, redisUrl));
}

try {
  process.exitCode = await main();
} catch (fault) {
  console.error(fault instanceof Error ? fault.message : fault);
  process.exitCode = 64;
}
