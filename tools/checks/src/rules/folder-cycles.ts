import type { Finding, Rule } from '../rule.ts';
import { importsIn } from './cruise.ts';

/**
 * A folder stands with all that is in it. A file beside a folder may import from it and be imported: an entry point does.
 * Specs see both sides of what they test. Cycles of files are a rule of oxlint.
 */
export const folderCycles: Rule = {
  name: 'folder-cycles',
  summary: 'no folder imports a folder beside it that imports it back, directly or by a detour',
  check: async (workspace) => cyclesOf(await importsIn(workspace)),
};

interface Import {
  from: string;
  to: string;
}

/** Folder → folders beside it → the imports that lead there. */
type Graph = ReadonlyMap<string, ReadonlyMap<string, readonly Import[]>>;

/** One finding for each circle of folders, at the import that is least in company. */
function cyclesOf(imports: readonly Import[]): Finding[] {
  const graph = graphOf(imports);
  const found = new Map<string, Finding>();
  for (const [folder, targets] of graph)
    for (const target of targets.keys()) {
      const way = wayBetween(graph, target, folder);
      if (way === undefined) continue;
      const steps = [folder, ...way]
        .slice(1)
        .map((to, index) => graph.get([folder, ...way][index] ?? '')?.get(to) ?? []);
      const [first] = steps.toSorted((a, b) => a.length - b.length)[0] ?? [];
      if (first === undefined) continue;
      const message = `imports ${first.to}, and the folders go in a circle: ${[folder, ...way].join(' → ')}`;
      const key = [...way].toSorted().join(' ');
      if (!found.has(key)) found.set(key, { file: first.from, message });
    }
  return [...found.values()];
}

function graphOf(imports: readonly Import[]): Graph {
  const graph = new Map<string, Map<string, Import[]>>();
  for (const each of imports) {
    if (each.from.includes('.spec.') || each.to.startsWith('node_modules/')) continue;
    const [from, to] = siblings(each);
    if (from === undefined || to === undefined) continue;
    const targets = graph.get(from) ?? new Map<string, Import[]>();
    graph.set(from, targets.set(to, [...(targets.get(to) ?? []), each]));
  }
  return graph;
}

/** The two folders of one parent that an import leads from and to; none where one of the files lies in that parent itself. */
function siblings({ from, to }: Import): [string?, string?] {
  const [a, b] = [from.split('/'), to.split('/')];
  const depth = a.findIndex((part, index) => part !== b[index]);
  if (depth >= a.length - 1 || depth >= b.length - 1) return [];
  return [a.slice(0, depth + 1).join('/'), b.slice(0, depth + 1).join('/')];
}

/** The folders from one to the other by the shortest way, both included. */
function wayBetween(graph: Graph, start: string, end: string): string[] | undefined {
  const cameFrom = new Map<string, string | undefined>([[start, undefined]]);
  for (const folder of cameFrom.keys()) {
    if (folder === end) {
      const way: string[] = [];
      for (let at: string | undefined = end; at !== undefined; at = cameFrom.get(at)) way.unshift(at);
      return way;
    }
    for (const next of graph.get(folder)?.keys() ?? []) if (!cameFrom.has(next)) cameFrom.set(next, folder);
  }
  return undefined;
}
