import type { Workspace } from './workspace.ts';

/** One broken rule: where, and what to do about it. */
export interface Finding {
  /** Relative to the workspace. */
  file: string;
  /** 1-based; absent when the whole file is meant. */
  line?: number;
  message: string;
}

/**
 * A rule of the repository as a program. It only looks: the same workspace gives the same findings, and none means the
 * rule holds. A workspace that cannot be checked (a file is missing, a bundle is not built) is a finding too.
 */
export interface Rule {
  name: string;
  /** The rule in one sentence, printed beside the result. */
  summary: string;
  check: (workspace: Workspace) => readonly Finding[] | Promise<readonly Finding[]>;
}

/** `file:line message`, the form that editors make a link of. */
export function formatFinding({ file, line, message }: Finding): string {
  return `${line === undefined ? file : `${file}:${line}`}  ${message}`;
}
