import type { Finding, Rule } from '../rule.ts';
import type { Workspace } from '../workspace.ts';

/** What prom-client exports of a process by itself, under our prefix. */
const DEFAULTS = /^nestfleet_(?:nodejs|process)_[a-z0-9_]+$/;
/** Where a metric is defined: its whole name as a literal. */
const DEFINED = /'(nestfleet_[a-z0-9_]+)'/g;
const USED = /\bnestfleet_[a-z0-9_]*[a-z0-9]\b(?!\*)/g;
const SOURCE = /^(?:apps|libs)\/[^/]+\/src\/.*\.ts$/;
const SPEC = /\.spec\.ts$/;
const USERS = /^deploy\/(?:prometheus|kubernetes)\/.*\.(?:ya?ml|json)$|^deploy\/(?:kubernetes\/)?README\.md$/;

/** What a histogram makes of its name. */
const partsOf = (name: string): string[] => ['', '_bucket', '_count', '_sum'].map((part) => `${name}${part}`);

/** Alerts, dashboards and scalers that ask for a metric which nobody exports are silent: they never fire, and never scale. */
export const metrics: Rule = {
  name: 'metrics',
  summary: 'alerts, dashboard, scalers and the tables of deploy/ name metrics that the apps export',
  check: (workspace) => {
    const exported = exportedBy(workspace);
    return workspace.files.filter((file) => USERS.test(file)).flatMap((file) => unknownIn(file, workspace, exported));
  },
};

function exportedBy({ files, read }: Workspace): ReadonlySet<string> {
  const sources = files.filter((file) => SOURCE.test(file) && !SPEC.test(file));
  const names = sources.flatMap((file) => [...read(file).matchAll(DEFINED)].map(([, name = '']) => name));
  return new Set(names.flatMap(partsOf));
}

const unknownIn = (file: string, { read }: Workspace, exported: ReadonlySet<string>): Finding[] =>
  read(file)
    .split('\n')
    .flatMap((line, index) =>
      [...line.matchAll(USED)]
        .map(([name]) => name)
        .filter((name) => !exported.has(name) && !DEFAULTS.test(name))
        .map((name) => ({ file, line: index + 1, message: `${name} is a metric that no app exports` })),
    );
