import { execFileSync } from 'node:child_process';

/** What a person should know of the git repository before files change in it; undefined where all is committed. */
export function gitWarning(root: string): string | undefined {
  try {
    const printed = execFileSync('git', ['status', '--porcelain', '--', '.'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const files = printed.split('\n').filter(Boolean).length;
    if (files === 0) return undefined;
    return `not all is committed here (${files} ${files === 1 ? 'file' : 'files'}): git cannot tell these changes from yours`;
  } catch {
    return 'this is no git repository: nothing takes these changes back';
  }
}
