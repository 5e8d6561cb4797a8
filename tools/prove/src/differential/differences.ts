import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ProxyCase } from './case.ts';

const DOCUMENT = resolve(import.meta.dirname, '../../../../docs/edge-proxies.md');

/** Their headings in docs/edge-proxies.md. */
export const PROXY_NAMES = ['gateway', 'HAProxy', 'Traefik'] as const;
export type ProxyName = (typeof PROXY_NAMES)[number];

/** What one edge proxy does otherwise: the outcome, by the id of the case. */
export type Differences = ReadonlyMap<string, string>;

const quoted = (cell = ''): string[] => [...cell.matchAll(/`([^`]*)`/g)].map(([, text]) => text ?? '');

/**
 * readDifferences reads the tables of docs/edge-proxies.md: below the heading of each edge proxy a row names cases, their
 * outcome and why it is another one.
 */
export function readDifferences(markdown = readFileSync(DOCUMENT, 'utf8')): Readonly<Record<ProxyName, Differences>> {
  const of = (name: ProxyName): Differences => {
    const section = new RegExp(`^### ${name}$([\\s\\S]*?)(?=^#|$(?![\\s\\S]))`, 'm').exec(markdown)?.[1] ?? '';
    const rows = section.split('\n').filter((line) => line.startsWith('| `'));
    return new Map(
      rows.flatMap((row) => {
        const [, ids, outcome] = row.split(/(?<!\\)\|/);
        return quoted(ids).map((id): [string, string] => [id, quoted(outcome)[0] ?? '']);
      }),
    );
  };
  return { gateway: of('gateway'), HAProxy: of('HAProxy'), Traefik: of('Traefik') };
}

/** Mismatch is an outcome that neither all edge proxies share nor the table names. */
export interface Mismatch {
  readonly id: string;
  readonly expected: string;
  readonly seen: string | undefined;
}

export function mismatches(
  outcomes: ReadonlyMap<string, string>,
  cases: readonly ProxyCase[],
  differences: Differences,
): Mismatch[] {
  return cases.flatMap(({ id, expected: shared }) => {
    const expected = differences.get(id) ?? shared;
    const seen = outcomes.get(id);
    return seen === expected ? [] : [{ id, expected, seen }];
  });
}
