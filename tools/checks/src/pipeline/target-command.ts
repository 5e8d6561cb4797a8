import type { Project, TargetOptions, Workspace } from '../workspace.ts';

/** A target of a project as Nx would run it. */
export interface TargetCommand {
  project: string;
  command: string;
  /** Relative to the workspace. */
  cwd: string;
  env: Readonly<Record<string, string>>;
}

interface NxConfig {
  targetDefaults?: Record<string, TargetOptions>;
}

/**
 * The commands of a target, one per project that has it: the defaults of nx.json under the project's own options. Tests
 * are run by these and not by Nx: an answer from its cache has no counts, and a green run without servers must not be.
 */
export function targetCommands(workspace: Workspace, projects: readonly Project[], target: string): TargetCommand[] {
  const { targetDefaults = {} } = JSON.parse(workspace.read('nx.json')) as NxConfig;
  return projects.flatMap(({ root, name, manifest }) => {
    const own = manifest.nx?.targets?.[target];
    if (own === undefined) return [];
    const options = { ...targetDefaults[target]?.options, ...own.options };
    if (options.command === undefined) throw new Error(`${root} has the target ${target}, but it has no command`);
    const fill = (text: string) => text.replaceAll('{projectRoot}', root).replaceAll('{workspaceRoot}', '.');
    const env = Object.fromEntries(Object.entries(options.env ?? {}).map(([key, value]) => [key, fill(value)]));
    return [{ project: name, command: fill(options.command), cwd: fill(options.cwd ?? '{workspaceRoot}'), env }];
  });
}
