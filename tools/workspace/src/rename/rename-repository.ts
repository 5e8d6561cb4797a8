import { isUtf8 } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Change, KEPT, planRename, takenIn, type TextFile } from './plan.ts';
import { nameFault } from './spellings.ts';

/** RenameFault says why nothing was renamed. */
export class RenameFault extends Error {
  override readonly name = 'RenameFault';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** `EX_USAGE` of sysexits: the command was called with something it does not understand. */
const BAD_ARGUMENT = 64;

export interface RenameOptions {
  readonly root: string;
  readonly name: string;
  /** Whether files may be uncommitted, whose changes the undoing would take away. */
  readonly isForced: boolean;
}

/**
 * renameRepository gives the tracked files of a repository another name than its package.json has, and answers what is to
 * be said of it. @throws RenameFault
 */
export function renameRepository({ root, name, isForced }: RenameOptions): string[] {
  const fault = nameFault(name);
  if (fault !== undefined) throw new RenameFault(fault, BAD_ARGUMENT);
  const own = nameIn(root);
  if (name === own) return [`the repository is called ${name} already; nothing to do`];
  if (!isForced) refuseUncommitted(root);

  const files = textFiles(root);
  const taken = takenIn(files, own, name);
  if (taken !== undefined) {
    const reason = 'it could not be told apart from the name later. Take another one';
    throw new RenameFault(`NAME is "${name}", a word that ${taken} has already: ${reason}`, BAD_ARGUMENT);
  }
  const changes = planRename(files, own, name);
  write(root, changes);
  format(
    root,
    changes.map(({ to }) => to.path),
  );
  return [
    `${own} is ${name} now, in ${changes.length} files`,
    `${KEPT.join(' and ')} are as they were: the licence is of who wrote this, and history happened under the old name`,
    'next: make install, because the packages link to each other by name; then make test',
    ...(isForced ? [] : ['undo it: git reset --hard']),
    'pictures were not taken anew: they show the old title until `make pictures`, and no check minds',
  ];
}

function nameIn(root: string): string {
  const { name = '' } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { name?: string };
  if (nameFault(name) === undefined) return name;
  throw new RenameFault(`package.json has the name "${name}", from which no present name can be read`);
}

function refuseUncommitted(root: string): void {
  const [first] = git(root, 'status', '--porcelain', '--untracked-files=no', '--', '.').split('\n');
  if (first === '' || first === undefined) return;
  const advice = 'commit it or stash it, so that the renaming can be undone alone; FORCE=1 renames anyway';
  throw new RenameFault(`not all is committed (${first.trim()}): ${advice}`);
}

/** Of the tracked files those that are text: no picture, no link, no other repository. */
function textFiles(root: string): TextFile[] {
  const paths = git(root, 'ls-files', '-z').split('\0');
  return paths.flatMap((path) => {
    const file = join(root, path);
    if (path === '' || lstatSync(file, { throwIfNoEntry: false })?.isFile() !== true) return [];
    const bytes = readFileSync(file);
    return isUtf8(bytes) && !bytes.includes(0) ? [{ path, text: bytes.toString('utf8') }] : [];
  });
}

/** Paths move in git's index, so that its reset takes them back. A file that is written keeps its mode. */
function write(root: string, changes: readonly Change[]): void {
  for (const { from, to } of changes) {
    if (from !== to.path) {
      mkdirSync(dirname(join(root, to.path)), { recursive: true });
      git(root, 'mv', '--', from, to.path);
    }
    writeFileSync(join(root, to.path), to.text);
  }
}

const prettier = resolve(import.meta.dirname, '../../../../node_modules/prettier/bin/prettier.cjs');

/** A longer or shorter name breaks lines at other places, and makes the columns of tables wider or narrower. */
function format(root: string, paths: readonly string[]): void {
  if (paths.length === 0) return;
  const words = ['--write', '--ignore-unknown', '--log-level=warn', ...paths];
  run(root, process.execPath, [prettier, ...words]);
}

const git = (root: string, ...words: readonly string[]): string => run(root, 'git', words);

function run(root: string, program: string, words: readonly string[]): string {
  const { error, status, stdout, stderr } = spawnSync(program, words, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return stdout;
  throw new RenameFault(`${program} ${words.slice(0, 2).join(' ')} failed: ${error?.message ?? stderr.trim()}`);
}
