import { formatFinding, type Wall } from '../src/wall.ts';
import { openWorkspace } from '../src/workspace.ts';

/** What a wall finds in its fixture, one line per finding, in a stable order. */
export async function findingsIn(fixture: string, wall: Wall): Promise<string[]> {
  const root = `${import.meta.dirname}/fixtures/${fixture}`;
  const workspace = openWorkspace(root, { modules: 'modules', dist: 'bundles' });
  return [...(await wall.check(workspace))].map(formatFinding).toSorted();
}
