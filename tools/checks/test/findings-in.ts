import { formatFinding, type Rule } from '../src/rule.ts';
import { openWorkspace } from '../src/workspace.ts';

/** What a rule finds in its fixture, one line per finding, in a stable order. */
export async function findingsIn(fixture: string, rule: Rule): Promise<string[]> {
  const root = `${import.meta.dirname}/fixtures/${fixture}`;
  const workspace = openWorkspace(root, { modules: 'modules', dist: 'bundles' });
  return [...(await rule.check(workspace))].map(formatFinding).toSorted();
}
