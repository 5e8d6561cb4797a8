import { variableOf } from '@nestfleet/contracts';
import { SLOTS } from './haproxy-regions.ts';
import { routedRows, type TableRow } from './services-table.ts';

/** A service with so many replicas is meant to outlive one of them, and one is too few. */
const REDUNDANT_REPLICAS = 3;

/** alertRegions are the alerts of a service that is gone, or of which one replica is left. */
export const alertRegions = (rows: readonly TableRow[]): Readonly<Record<string, readonly string[]>> => ({
  'deploy/prometheus/rules/nestfleet.yml': [rows.map(alertOf).join('\n')],
});

function alertOf({ name, shortName, replicas }: TableRow): string {
  const isRedundant = replicas >= REDUNDANT_REPLICAS;
  const up = `up{job="nestfleet", service="${name}"} == 1`;
  return `      - alert: ${pascal(shortName)}${isRedundant ? 'FleetTooSmall' : 'Missing'}
        expr: ${isRedundant ? `(count(${up}) or vector(0)) < 2` : `absent(${up})`}
        for: 30s
        labels: { severity: page }
        annotations:
          summary: '${isRedundant ? `Only {{ $value }} ${name} replicas answer: one more that goes is an outage` : `No ${name} answers`}'
`;
}

const pascal = (name: string): string => name.replaceAll(/(?:^|-)(\w)/g, (_all, first: string) => first.toUpperCase());

const lines = (all: readonly string[]): string => all.map((line) => `${line}\n`).join('');

/** settingRegions are the settings that every service has, in the list of all settings. */
export const settingRegions = (rows: readonly TableRow[]): Readonly<Record<string, readonly string[]>> => ({
  'deploy/.env.example': [
    lines(rows.map((row) => `#${variableOf(row)}_MEMORY_LIMIT=256m`)),
    lines(routedRows(rows).map((row) => `#${variableOf(row)}_SLOTS=${SLOTS}`)),
  ],
});
