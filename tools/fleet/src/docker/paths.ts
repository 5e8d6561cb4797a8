import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { parseJson } from '../core/parse-json.ts';
import { readText } from '../logs/log-file.ts';
import { writeAtomically } from '../process/write-atomically.ts';
import { BALANCERS } from '../core/options.ts';

/** DockerPaths are the files of one stack folder's fleet of containers. */
export interface DockerPaths {
  readonly dir: string;
  readonly choice: string;
  /** The compose files as they were when the fleet came up, variables filled in: what scales later is the same fleet. */
  readonly model: string;
  readonly secrets: string;
}

export const dockerPaths = (stackDir: string): DockerPaths => {
  const dir = join(stackDir, 'docker');
  return { dir, choice: join(dir, 'choice.json'), model: join(dir, 'compose.json'), secrets: join(dir, 'secrets') };
};

/** StackChoice holds the options of `make up` for the commands after it. */
const stackChoice = z.object({
  schema: z.literal(1),
  up: z.boolean(),
  project: z.string(),
  balancer: z.enum(BALANCERS),
  tls: z.boolean(),
  prometheus: z.boolean(),
  /** Folder of secrets that were made for this stack; null when a person named one. */
  own_secrets: z.string().nullable(),
  /** Tag of images that were built for this stack; null when a person named one. */
  own_tag: z.string().nullable(),
});
export type StackChoice = z.infer<typeof stackChoice>;

/** Stack is a fleet of containers that a command is about; what it starts ends with the signal. */
export interface Stack {
  readonly paths: DockerPaths;
  readonly choice: StackChoice;
  readonly signal: AbortSignal;
}

/** readChoice reads the choice of a stack, undefined when none was made or it is no such thing. */
export const readChoice = ({ choice }: DockerPaths): StackChoice | undefined =>
  parseJson(stackChoice, readText(choice));

export const writeChoice = ({ choice }: DockerPaths, made: StackChoice): void =>
  writeAtomically(choice, `${JSON.stringify(made, null, 2)}\n`);

/**
 * defaultProject is a name that people recognise and no other stack folder has: `nestfleet-<clone>-<hash of the stack
 * folder>`.
 */
export function defaultProject(root: string, stackDir: string): string {
  const clone = basename(root)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 30);
  const hash = createHash('sha256').update(stackDir).digest('hex').slice(0, 6);
  return ['nestfleet', ...(clone === '' || clone === 'nestfleet' ? [] : [clone]), hash].join('-');
}
