import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { KUBERNETES, overlaysOf } from './overlays.ts';

interface Kustomization {
  readonly secretGenerator?: readonly { readonly files?: readonly string[] }[];
}

const isSecret = (path: string): boolean => path.includes('/secrets');

/**
 * copyOverlays copies the folder into another one, with empty secrets in place of those that somebody has made: Kustomize
 * renders none that is missing, and a check has no need of one that is real. Gives the folders of the overlays by name.
 */
export function copyOverlays(root: string, files: readonly string[], into: string): Map<string, string> {
  cpSync(join(root, KUBERNETES), into, { recursive: true, filter: (path) => !isSecret(path.slice(root.length)) });
  const folders = new Map(overlaysOf(files).map((name) => [name, join(into, 'overlays', name)]));
  for (const folder of folders.values()) {
    const { secretGenerator = [] } = parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8')) as Kustomization;
    for (const file of secretGenerator.flatMap(({ files: named = [] }) => named)) {
      const path = join(folder, file);
      if (existsSync(path)) continue;
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, '');
    }
  }
  return folders;
}
