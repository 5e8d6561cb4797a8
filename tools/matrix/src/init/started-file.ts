import { readFileSync } from 'node:fs';
import { z } from 'zod';

const words = z.tuple([z.literal('node'), z.string()]);

/** The file that the last stage of a Dockerfile starts. @throws where its CMD is not node and a file */
export function startedFile(dockerfile: string): string {
  const command = readFileSync(dockerfile, 'utf8')
    .split('\n')
    .findLast((line) => line.startsWith('CMD '));
  if (command === undefined) throw new Error(`${dockerfile} has no CMD`);
  const [, file] = words.parse(JSON.parse(command.slice('CMD '.length)));
  return file;
}
