import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const WITHIN_MS = 60_000;
const BYTES_MAX = 16 * 1_024 * 1_024;

/** Kustomize is a command that renders the folder behind it, such as `kustomize build` or `kubectl kustomize`. */
export type Kustomize = readonly [program: string, order: string];

/** findKustomize is what NESTFLEET_KUSTOMIZE names, or `kustomize` or `kubectl` of PATH; undefined where none is there. */
export async function findKustomize(named = process.env['NESTFLEET_KUSTOMIZE']): Promise<Kustomize | undefined> {
  if (named !== undefined && named !== '') return [named, 'build'];
  const candidates = [
    ['kustomize', 'version', 'build'],
    ['kubectl', 'kustomize --help', 'kustomize'],
  ] as const;
  for (const [program, question, order] of candidates)
    if (await answers(program, question.split(' '))) return [program, order];
  return undefined;
}

const answers = (program: string, words: readonly string[]): Promise<boolean> =>
  run(program, [...words], { timeout: WITHIN_MS }).then(
    () => true,
    () => false,
  );

/** render gives the objects of a folder as YAML. @throws with the words of Kustomize */
export async function render([program, order]: Kustomize, folder: string): Promise<string> {
  const { stdout } = await run(program, [order, folder], { timeout: WITHIN_MS, maxBuffer: BYTES_MAX });
  return stdout;
}
