import { variableOf } from '@nestfleet/contracts';
import { SLOTS } from './haproxy-regions.ts';
import { routedRows, type TableRow } from './services-table.ts';

const lines = (all: readonly string[]): string => all.map((line) => `${line}\n`).join('');

/** settingRegions are the settings that every service has, in the list of all settings. */
export const settingRegions = (rows: readonly TableRow[]): Readonly<Record<string, readonly string[]>> => ({
  'deploy/.env.example': [
    lines(rows.map((row) => `#${variableOf(row)}_MEMORY_LIMIT=256m`)),
    lines(routedRows(rows).map((row) => `#${variableOf(row)}_SLOTS=${SLOTS}`)),
  ],
});
