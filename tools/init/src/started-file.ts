import { posix } from 'node:path';
import { textAt } from './json.ts';
import type { Manifest } from './manifest.ts';
import { Refusal } from './refusal.ts';

const SCRIPT = 'start:prod';
/** Options of Node that may have their value as a word of its own. */
const WITH_VALUE = [
  '-r',
  '--require',
  '--import',
  '--loader',
  '--experimental-loader',
  '-C',
  '--conditions',
  '--env-file',
];

/**
 * The file that the script `start:prod` gives to Node, such as `dist/main.js`; undefined where there is no such script.
 * @throws Refusal where it starts something else, or more
 */
export function startedFile(root: Manifest): string | undefined {
  const script = textAt(root.json, 'scripts', SCRIPT);
  if (script === undefined) return undefined;
  const file = fileIn(script);
  if (file === undefined || /["'$&;|<>]/.test(script))
    throw new Refusal(
      `${root.path} has "${SCRIPT}": "${script}", in which no file of node can be read: write node dist/main`,
    );
  const path = posix.normalize(file);
  return /\.[cm]?js$/.test(path) ? path : `${path}.js`;
}

/** What the script says beside the file, which the image is started without. */
export function startNotes(manifest: Manifest): string[] {
  const script = textAt(manifest.json, 'scripts', SCRIPT);
  if (script === undefined || script === `node ${fileIn(script)}`) return [];
  return [
    `Dockerfile starts the file of "${SCRIPT}": "${script}" alone: put into its ENV and CMD what else the app needs of that`,
  ];
}

/** The first word behind variables, cross-env, node and its options. */
function fileIn(script: string): string | undefined {
  const words = script.split(/\s+/).filter(Boolean);
  const program = words.findIndex((word) => word !== 'cross-env' && !/^\w+=/.test(word));
  return words[program] === 'node' ? behindOptions(words.slice(program + 1)) : undefined;
}

function behindOptions([word, ...more]: readonly string[]): string | undefined {
  if (word === undefined || !word.startsWith('-')) return word;
  return behindOptions(WITH_VALUE.includes(word) ? more.slice(1) : more);
}
