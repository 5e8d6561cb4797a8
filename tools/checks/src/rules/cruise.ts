import { cruise, type ICruiseResult } from 'dependency-cruiser';
import type { Finding } from '../rule.ts';
import type { Workspace } from '../workspace.ts';
import type { ImportRule } from './import-rule.ts';

/** Follows every import of the workspace and says which break a rule. */
export async function cruiseWith(workspace: Workspace, rules: readonly ImportRule[]): Promise<Finding[]> {
  const result = await cruiseAll(workspace, rules);
  return result === undefined ? [] : findingsOf(result, rules);
}

/** Every import between files of the workspace. */
export async function importsIn(workspace: Workspace): Promise<{ from: string; to: string }[]> {
  const result = await cruiseAll(workspace, []);
  return (result?.modules ?? []).flatMap(({ source, dependencies }) =>
    dependencies.map(({ resolved }) => ({ from: source, to: resolved })),
  );
}

/** Undefined where there is no source. */
async function cruiseAll(workspace: Workspace, rules: readonly ImportRule[]): Promise<ICruiseResult | undefined> {
  const sources = workspace.files.filter((file) => /^(apps|libs|tools)\/.*\.(ts|mts|mjs|vue)$/.test(file));
  if (sources.length === 0) return undefined;
  const { output } = await cruise(
    sources,
    {
      baseDir: workspace.root,
      doNotFollow: { path: 'node_modules' },
      tsPreCompilationDeps: true,
      validate: true,
      ruleSet: { forbidden: rules.map((rule) => ({ ...rule, severity: 'error' })) },
      enhancedResolveOptions: {
        exportsFields: ['exports'],
        conditionNames: ['types', 'import', 'node', 'default'],
        extensions: ['.ts', '.mjs', '.js', '.vue', '.json'],
      },
    },
    { alias: entryPointAliases(workspace) },
  );
  if (typeof output === 'string') throw new Error('dependency-cruiser gave a text, expected its result');
  return output;
}

/** The entry points are resolved from the manifests, so that the answer does not depend on what is installed. */
function entryPointAliases({ root, projects }: Workspace): Record<string, string> {
  const entryPoints = projects.flatMap(({ root: folder, name, manifest }) =>
    Object.entries(manifest.exports ?? {}).map(([entry, target]) => [
      `@nestfleet/${name}${entry.slice(1)}$`,
      `${root}/${folder}${target.slice(1)}`,
    ]),
  );
  return Object.fromEntries(entryPoints) as Record<string, string>;
}

function findingsOf({ summary }: ICruiseResult, rules: readonly ImportRule[]): Finding[] {
  const comments = new Map(rules.map(({ name, comment }) => [name, comment]));
  const seen = new Set<string>();
  return summary.violations.flatMap((violation) => {
    const way = violation.cycle ?? violation.via;
    const to = way === undefined ? violation.to : way.map(({ name }) => name).join(' → ');
    const message = `imports ${to}: ${comments.get(violation.rule.name) ?? violation.rule.name}`;
    const key = `${violation.from} ${message}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ file: violation.from, message }];
  });
}
