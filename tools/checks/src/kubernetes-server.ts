import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { copyOverlays } from './kubernetes/copy-overlays.ts';
import { readAnswer } from './kubernetes/server-answer.ts';
import { closingLine } from './pipeline/counts.ts';
import { openWorkspace } from './workspace.ts';

/**
 * Has an API server look at every overlay of deploy/kubernetes, strictly and without a change:
 * `KUBECONFIG=… CONTEXT=… node tools/checks/src/kubernetes-server.ts`, with NESTFLEET_KUBECTL or the kubectl of PATH. Makes a
 * namespace and removes it.
 */
const WITHIN_MS = 60_000;
const OUTPUT_MAX_BYTES = 16 << 20;

const { KUBECONFIG = '', CONTEXT = '', NESTFLEET_KUBECTL = '' } = process.env;
if (KUBECONFIG === '' || CONTEXT === '') {
  console.error('name the cluster: KUBECONFIG=<file> CONTEXT=<context>; the current context is never taken');
  process.exit(2);
}

interface Answer {
  readonly isWell: boolean;
  readonly out: string;
  readonly err: string;
}

const kubectl = (command: readonly string[], input = ''): Promise<Answer> =>
  new Promise((done) => {
    const args = [`--kubeconfig=${KUBECONFIG}`, `--context=${CONTEXT}`, ...command];
    const options = { timeout: WITHIN_MS, maxBuffer: OUTPUT_MAX_BYTES };
    const child = execFile(NESTFLEET_KUBECTL || 'kubectl', args, options, (error, out, err) =>
      done({ isWell: error === null, out, err: err === '' && error !== null ? error.message : err }),
    );
    // One that ends before it has read all says why itself.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });

/** The command that runs is waited for: a namespace that is being made has to be removed too. */
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => interruption.abort(new Error(`interrupted by ${signal}`)));

const workspace = openWorkspace(resolve(import.meta.dirname, '../../..'));
const scratch = mkdtempSync(join(tmpdir(), 'nestfleet-server-'));
const namespace = `nestfleet-dry-run-${randomBytes(4).toString('hex')}`;
const counts = { passed: 0, failed: 0, skipped: 0 };
try {
  const made = await kubectl(['create', 'namespace', namespace]);
  if (!made.isWell) throw new Error(made.err);
  for (const [overlay, folder] of copyOverlays(workspace.root, workspace.files, join(scratch, 'kubernetes'))) {
    interruption.signal.throwIfAborted();
    const rendered = await kubectl(['kustomize', folder]);
    interruption.signal.throwIfAborted();
    const apply = ['apply', '--namespace', namespace, '--dry-run=server', '--validate=strict', '--filename=-'];
    const { refused, unknownKinds } = readAnswer(rendered.isWell ? await kubectl(apply, rendered.out) : rendered);
    const outcome = refused.length > 0 ? 'failed' : unknownKinds.length > 0 ? 'skipped' : 'passed';
    counts[outcome] += 1;
    console.log(`${outcome.padEnd(8)} ${overlay}`);
    for (const line of refused) console.log(`         ${line}`);
    if (unknownKinds.length > 0)
      console.log(
        `         THE CLUSTER DOES NOT KNOW ${unknownKinds.join(', ').toUpperCase()}: NOBODY HAS LOOKED AT THEM`,
      );
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  counts.failed += 1;
} finally {
  await kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false']);
  rmSync(scratch, { recursive: true, force: true });
}
console.log(closingLine(counts));
process.exitCode = counts.failed > 0 ? 1 : 0;
