import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FleetDriver } from '../driver/fleet-driver.ts';
import { formatResult } from './report.ts';
import type { Ran } from './run-scenario.ts';

/** Keeps what a run has seen: the history of each load, one request a line, all logs, and the result. @returns the folder */
export async function keepArtifacts(
  folder: string,
  { result, histories }: Pick<Ran, 'result' | 'histories'>,
  driver: FleetDriver,
): Promise<string> {
  const place = join(folder, result.scenario.name);
  mkdirSync(join(place, 'logs'), { recursive: true });
  writeFileSync(join(place, 'result.txt'), `${formatResult(result)}\n`);
  for (const [at, records] of histories.entries()) {
    const lines = records.map((each) => `${JSON.stringify(each)}\n`);
    writeFileSync(join(place, `history-${at + 1}.jsonl`), lines.join(''));
  }
  for (const [name, text] of await driver.logs()) writeFileSync(join(place, 'logs', `${name}.log`), text);
  return place;
}
