import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { table } from './deploy/services-table.ts';
import { EXIT_UNAVAILABLE } from './exit-codes.ts';
import { checkOverlay } from './kubernetes/check-overlay.ts';
import { copyOverlays } from './kubernetes/copy-overlays.ts';
import { openModels } from './kubernetes/models.ts';
import { parseObjects } from './kubernetes/objects.ts';
import { KUBERNETES } from './kubernetes/overlays.ts';
import { findKustomize, type Kustomize, render } from './kubernetes/render.ts';
import { formatFinding } from './rule.ts';
import { openWorkspace } from './workspace.ts';

/**
 * Renders every overlay of deploy/kubernetes and checks it, against the models of its kinds too:
 * `node tools/checks/src/kubernetes.ts`. Kustomize is that of NESTFLEET_KUSTOMIZE or PATH, else Debian's package, unpacked for
 * this run. Exit code 1 when there are findings, EXIT_UNAVAILABLE when Kustomize can be had nowhere.
 */
const GOT_WITHIN_MS = 180_000;

const workspace = openWorkspace(resolve(import.meta.dirname, '../../..'));
const scratch = mkdtempSync(join(tmpdir(), 'nestfleet-kubernetes-'));
const models = openModels();

/** Why it cannot be had is said by the script. */
function getKustomize(): Kustomize | undefined {
  const folder = join(scratch, 'debian');
  try {
    const script = join(import.meta.dirname, 'kubernetes/get-kustomize.sh');
    execFileSync('sh', [script, folder], { stdio: ['ignore', 'inherit', 'inherit'], timeout: GOT_WITHIN_MS });
    return [join(folder, 'usr/bin/kustomize'), 'build'];
  } catch {
    return undefined;
  }
}

async function findingsOf(kustomize: Kustomize, overlay: string, folder: string): Promise<string[]> {
  try {
    const rendered = await render(kustomize, folder);
    return [...(await models(parseObjects(rendered))), ...checkOverlay(overlay, rendered, table)];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

try {
  const kustomize = (await findKustomize()) ?? getKustomize();
  if (kustomize === undefined) {
    console.log('THERE IS NO KUSTOMIZE HERE: NO OVERLAY OF deploy/kubernetes IS RENDERED OR CHECKED');
    process.exitCode = EXIT_UNAVAILABLE;
  } else {
    for (const [overlay, folder] of copyOverlays(workspace.root, workspace.files, join(scratch, 'kubernetes'))) {
      const messages = await findingsOf(kustomize, overlay, folder);
      console.log(`${messages.length === 0 ? 'ok  ' : 'FAIL'}  ${overlay}`);
      for (const message of messages)
        console.log(`        ${formatFinding({ file: `${KUBERNETES}/overlays/${overlay}`, message })}`);
      if (messages.length > 0) process.exitCode = 1;
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
