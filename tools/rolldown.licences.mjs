// Makes licences.txt, which lies beside a bundle: the licences of what is inside ask that their text goes with each copy.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the installed package that a file belongs to, undefined for our own files. */
function packageOf(file) {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];
}

function authorOf({ author, contributors = [] }) {
  const [first] = [author, ...contributors].filter(Boolean);
  return typeof first === 'string' ? first : first?.name;
}

/** A package's licence in words: its files, or what its manifest says when it brings no file. */
function noticeOf(dir, manifest) {
  const files = globSync('{LICEN[CS]E,Licen[cs]e,licen[cs]e,COPYING,NOTICE}*', { cwd: dir, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(js|ts|json)$/.test(entry.name))
    .map((entry) => readFileSync(join(dir, entry.name), 'utf8').trim());
  if (files.length > 0) return files.join('\n\n');
  const by = authorOf(manifest);
  return `Licence: ${manifest.license}${by === undefined ? '' : `, by ${by}`}`;
}

/**
 * @param files absolute paths of what a bundle was made of
 * @returns every package among them once; those with the same text share it
 */
export function licencesOf(files) {
  const named = new Map();
  for (const dir of new Set(files.map(packageOf).filter(Boolean))) {
    const manifest = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
    const notice = noticeOf(dir, manifest);
    const names = named.get(notice) ?? new Set();
    named.set(notice, names.add(`${manifest.name} ${manifest.version}`));
  }
  const parts = [...named].map(([notice, names]) => `${[...names].toSorted().join('\n')}\n\n${notice}\n`);
  return `Packages inside this program and their licences.\n\n${parts.toSorted().join(`\n${'-'.repeat(80)}\n\n`)}`;
}
