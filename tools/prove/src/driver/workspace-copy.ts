import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../../..');
const git = (folder: string, ...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=prove', '-c', 'user.email=prove@localhost', ...args], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 32 * 1024 * 1024,
  });

/**
 * copyWorkspace copies this repository, as it stands, into a folder of its own with one commit and the
 * packages that are installed here.
 * @returns the folder; to be removed by the caller
 */
export function copyWorkspace(): string {
  const copy = mkdtempSync(join(tmpdir(), 'nestfleet-workspace-'));
  const listed = git(root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0');
  for (const file of listed.filter((each) => each !== '' && existsSync(join(root, each)))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    copyFileSync(join(root, file), join(copy, file));
  }
  copyModules(join(root, 'node_modules'), join(copy, 'node_modules'));
  git(copy, 'init', '--quiet');
  git(copy, 'add', '--all');
  git(copy, 'commit', '--quiet', '--message', 'as it stands');
  return copy;
}

/** changedFiles are the files of a copy that are not as they were copied. */
export const changedFiles = (copy: string): string[] =>
  git(copy, 'status', '--porcelain', '--untracked-files=all').split('\n').slice(0, -1);

/** By hard links, which take no room, where both folders are on one disk. The links of the workspace's packages are relative. */
function copyModules(from: string, to: string): void {
  try {
    execFileSync('cp', ['-al', from, to], { stdio: 'ignore' });
  } catch {
    rmSync(to, { recursive: true, force: true });
    execFileSync('cp', ['-a', from, to]);
  }
}
