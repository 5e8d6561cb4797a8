import type { Project, Workspace } from '../workspace.ts';
import type { Counts } from './counts.ts';

/** One step of the test pipeline. */
export interface Stage {
  name: string;
  /** After this time its commands are ended, and what they have not finished counts as failed. */
  timeLimitMs: number;
  /** Its tests skip themselves where a server is missing. CI has every server, so a skip there is a failure. */
  hasServers: boolean;
  /** What it needs cannot be had everywhere, CI included: all of it skipped, and logged so in capitals, is no failure. */
  mayLackAll?: boolean;
  run: (context: StageContext) => Promise<Counts>;
}

/** What a stage works with. */
export interface StageContext {
  workspace: Workspace;
  projects: readonly Project[];
  /** A folder of this run for logs and reports. */
  folder: string;
  signal: AbortSignal;
  print: (line: string) => void;
  /** Takes the name of each check that failed: they are the last that a run prints, where a cut-off log still shows them. */
  noteFailure: (check: string) => void;
}

/** `  ok    state           12 passed   3.1 s` */
export function formatCheck(name: string, { passed, failed, skipped }: Counts, tookMs: number): string {
  const verdict = failed > 0 ? 'FAIL' : skipped > 0 ? 'skip' : 'ok  ';
  const parts = [`${passed} passed`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (skipped > 0) parts.push(`${skipped} skipped`);
  return `  ${verdict}  ${name.padEnd(18)} ${parts.join(', ').padEnd(32)} ${(tookMs / 1000).toFixed(1)} s`;
}
