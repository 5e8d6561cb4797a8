import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ProxyCase } from './case.ts';

const DOCUMENT = resolve(import.meta.dirname, '../../../../docs/edge-proxies.md');

/** Their headings in docs/edge-proxies.md. */
export const PROXY_NAMES = ['gateway', 'HAProxy', 'Traefik'] as const;
export type ProxyName = (typeof PROXY_NAMES)[number];

/** The headings of what HAProxy does otherwise since a release than before it, the oldest first. */
const HAPROXY_RELEASES = ['HAProxy 3.0', 'HAProxy 3.2'] as const;
export const DIFFERENCES_NAMES = [...PROXY_NAMES, ...HAPROXY_RELEASES] as const;
type DifferencesName = (typeof DIFFERENCES_NAMES)[number];

/** What one edge proxy does otherwise: the outcome, by the id of the case. */
export type Differences = ReadonlyMap<string, string>;

const quoted = (cell = ''): string[] => [...cell.matchAll(/`([^`]*)`/g)].map(([, text]) => text ?? '');

/**
 * readDifferences reads the tables of docs/edge-proxies.md: below the heading of each edge proxy a row names cases, their
 * outcome and why it is another one.
 */
export function readDifferences(
  markdown = readFileSync(DOCUMENT, 'utf8'),
): Readonly<Record<DifferencesName, Differences>> {
  const of = (name: DifferencesName): Differences => {
    const section = new RegExp(`^### ${name}$([\\s\\S]*?)(?=^#|$(?![\\s\\S]))`, 'm').exec(markdown)?.[1] ?? '';
    const rows = section.split('\n').filter((line) => line.startsWith('| `'));
    return new Map(
      rows.flatMap((row) => {
        const [, ids, outcome] = row.split(/(?<!\\)\|/);
        return quoted(ids).map((id): [string, string] => [id, quoted(outcome)[0] ?? '']);
      }),
    );
  };
  return Object.fromEntries(DIFFERENCES_NAMES.map((name) => [name, of(name)])) as Record<DifferencesName, Differences>;
}

/** differencesOfHaproxy are those of a version, such as 2.6.12. */
export function differencesOfHaproxy(
  all: Readonly<Record<DifferencesName, Differences>>,
  version: string,
): Differences {
  const releases = HAPROXY_RELEASES.filter(
    (name) => `HAProxy ${version}`.localeCompare(name, 'en', { numeric: true }) >= 0,
  );
  return new Map(['HAProxy' as const, ...releases].flatMap((name) => [...all[name]]));
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
