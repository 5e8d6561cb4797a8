import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * generateDocuments writes what is made from the table and the built apps: OpenAPI, docs/environment.md, HAProxy's back ends,
 * Traefik's labels.
 */
export function generateDocuments(root: string): void {
  execFileSync(process.execPath, [join(root, 'tools/checks/src/generate.ts')], { cwd: root, stdio: 'inherit' });
}
