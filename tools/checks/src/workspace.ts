import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';

export interface Manifest {
  name?: string;
  version?: string;
  exports?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  overrides?: Record<string, string>;
  allowScripts?: Record<string, boolean>;
  nx?: { name?: string; tags?: string[]; targets?: Record<string, TargetOptions> };
}

export interface TargetOptions {
  options?: { command?: string; cwd?: string; env?: Record<string, string> };
}

/** One folder of apps/, libs/ or tools/ with a package.json. */
export interface Project {
  /** Relative to the workspace, such as `apps/api`. */
  root: string;
  kind: 'app' | 'lib' | 'tool';
  /** Name of the folder, which is the name in Nx too. */
  name: string;
  manifest: Manifest;
}

/** What a rule may look at. All paths are relative to the root and use `/`. */
export interface Workspace {
  root: string;
  /** Every file that git would track, without the fixtures of the rules: those break rules on purpose. */
  files: readonly string[];
  projects: readonly Project[];
  /** Folder of the installed packages, and folder of the built bundles. */
  modules: string;
  dist: string;
  exists: (file: string) => boolean;
  read: (file: string) => string;
}

const kinds = { apps: 'app', libs: 'lib', tools: 'tool' } as const;

/** Reads a folder as a workspace. Fixtures cannot hold ignored folders, so they name theirs otherwise. */
export function openWorkspace(root: string, places: { modules?: string; dist?: string } = {}): Workspace {
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const exists = (file: string) => existsSync(join(root, file));
  const ignored = ['.git', 'fixtures', ...(exists('.gitignore') ? plainPatterns(read('.gitignore')) : [])];
  const files = listFiles(root, ignored);
  return {
    root,
    files,
    projects: findProjects(files, read),
    modules: 'node_modules',
    dist: 'dist',
    ...places,
    exists,
    read,
  };
}

/** The patterns of a .gitignore that hold for a name in any folder; the repository uses no other kind. */
export function plainPatterns(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim().replace(/\/$/, ''))
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** Walks in place of asking git, so that a copy without git history is checked the same way. */
function listFiles(root: string, ignored: readonly string[], folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !ignored.some((pattern) => matchesGlob(name, pattern)))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return listFiles(root, ignored, path);
      return entry.isFile() ? [path] : [];
    });
}

function findProjects(files: readonly string[], read: (file: string) => string): Project[] {
  return files.flatMap((file) => {
    const [, parent, name] = /^(apps|libs|tools)\/([^/]+)\/package\.json$/.exec(file) ?? [];
    if (parent === undefined || name === undefined) return [];
    const manifest = JSON.parse(read(file)) as Manifest;
    return [{ root: `${parent}/${name}`, kind: kinds[parent as keyof typeof kinds], name, manifest }];
  });
}
