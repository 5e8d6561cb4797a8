import { ApiReports, type EntryPoint, entryPoints } from '../generated/api-reports.ts';
import { apiDocuments } from '../generated/documents.ts';
import { brokenBetween } from '../generated/report-lines.ts';
import type { Finding, Rule } from '../rule.ts';
import type { Workspace } from '../workspace.ts';
import { checkAll } from './generated.ts';

const CHANGELOG = 'CHANGELOG.md';

export const apiReports: Rule = {
  name: 'api-reports',
  summary:
    'the API reports of the libs are what their built packages export, with every type that they name; what breaks importers of the last release is told in the CHANGELOG',
  check: async (workspace) => {
    const reports = new ApiReports(workspace);
    const differing = await checkAll(workspace, apiDocuments(workspace, reports));
    const forgotten = reports
      .forgotten()
      .map(({ file, name }) => ({ file, message: `names ${name}, which no entry point of the lib exports` }));
    return [...differing, ...forgotten, ...entryPoints(workspace).flatMap((point) => untold(workspace, point))];
  },
};

/** untold is what has gone from an entry point since the last release, and is not in the changelog. */
export function untold(
  { exists, read }: Pick<Workspace, 'exists' | 'read'>,
  { file, released }: Pick<EntryPoint, 'file' | 'released'>,
): Finding[] {
  if (!exists(released)) return [];
  const told = breaksTold(exists(CHANGELOG) ? read(CHANGELOG) : '');
  return brokenBetween(read(released), exists(file) ? read(file) : '')
    .filter(({ name }) => !told.has(name))
    .map(({ name, line }) => ({
      file,
      message: `breaks importers: ${name} has "${line}" no longer; name \`${name}\` under Breaking, Removed or Renamed in ${CHANGELOG}`,
    }));
}

/** The names in backticks in those parts of what is not released yet. */
function breaksTold(changelog: string): ReadonlySet<string> {
  const unreleased = changelog.split(/^## /m).find((part) => part.startsWith('Unreleased')) ?? '';
  const parts = unreleased.split(/^### /m).filter((part) => /^(Breaking|Removed|Renamed)\b/.test(part));
  const codes = parts.flatMap((part) => [...part.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code));
  return new Set(codes.flatMap((code) => code.match(/\w+/g) ?? []));
}
