import { type Finding, bounded, finding } from './finding.ts';

/** What the api said of a job in the end. */
export interface SeenJob {
  readonly id: string;
  readonly text: string;
  readonly state: string;
  readonly error: string | null;
}

/** A handler began to run a job. */
export interface JobStart {
  readonly jobId: string;
  readonly atMs: number;
  /** Instance name of the worker. */
  readonly by: string;
}

export interface LogLine {
  readonly by: string;
  readonly atMs: number;
}

export const allCompleted = (jobs: readonly SeenJob[]): Finding =>
  finding('every accepted job is done', [
    ...(jobs.length === 0 ? ['none was accepted'] : []),
    ...jobs
      .filter(({ state }) => state !== 'completed')
      .map(({ id, text, state, error }) => `${id} (${text}) is ${state}${error === null ? '' : `: ${error}`}`),
  ]);

/** Where the answer says no more than that a job has ended, its worker has to have said that it was completed. */
export const asCompleted = <J extends SeenJob>(jobs: readonly J[], completed: ReadonlySet<string>): readonly J[] =>
  jobs.map((job) => (job.state === 'expired' && completed.has(job.id) ? { ...job, state: 'completed' } : job));

/** Two starts of one job that lie closer together than the visibility: it was run beside itself, or again at once. */
export function noneTwiceWithin(starts: readonly JobStart[], visibilityMs: number): Finding {
  const faults = [...Map.groupBy(starts, ({ jobId }) => jobId)].flatMap(([jobId, mine]) => {
    const times = mine.map(({ atMs }) => atMs).toSorted((a, b) => a - b);
    const closest = Math.min(...times.slice(1).map((atMs, at) => atMs - (times[at] ?? atMs)));
    return closest < visibilityMs ? [`${jobId} ${mine.length} times, ${Math.round(closest)} ms apart`] : [];
  });
  return finding(`no job begins twice within ${visibilityMs / 1_000} s`, [
    ...(starts.length === 0 ? ['none began'] : []),
    ...faults,
  ]);
}

/** How long after a moment the next job began; NaN when none did. */
export function flowingAfterMs(starts: readonly JobStart[], healedMs: number): number {
  const later = starts.map(({ atMs }) => atMs - healedMs).filter((ms) => ms > 0);
  return later.length === 0 ? Number.NaN : Math.min(...later);
}

/** Of each process over the whole time, and not of its worst second: one line for each change may come at once. */
export function linesPerSecond(
  lines: readonly LogLine[],
  { fromMs, toMs, most }: { readonly fromMs: number; readonly toMs: number; readonly most: number },
): { readonly found: Finding; readonly highest: number } {
  const within = lines.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  const rates = [...Map.groupBy(within, ({ by }) => by).values()].map(
    (mine) => (mine.length * 1_000) / Math.max(1_000, toMs - fromMs),
  );
  const highest = Math.max(0, ...rates);
  return { found: bounded('lines of log a second of each process', highest, { most }), highest };
}

/** Whatever was done to its worker, a job whose handler has not failed has had one attempt. */
export const oneAttemptEach = (jobs: readonly (SeenJob & { readonly attempts: number })[]): Finding =>
  finding('no job has cost more than one attempt', [
    ...(jobs.length === 0 ? ['none was accepted'] : []),
    ...jobs
      .filter(({ state, attempts }) => state === 'completed' && attempts !== 1)
      .map(({ id, text, attempts }) => `${id} (${text}) has cost ${attempts}`),
  ]);

/** What becomes of one job that kills its worker, and of those beside it. */
export function onlyPoisonDies(jobs: readonly SeenJob[], isPoison: (text: string) => boolean): Finding {
  const poison = jobs.filter(({ text }) => isPoison(text));
  const deadLetters = poison.filter(({ state, error }) => state === 'failed' && error?.includes('dead_letter'));
  return finding('what kills its worker is a dead letter, and nothing else is', [
    ...allCompleted(jobs.filter(({ text }) => !isPoison(text))).faults,
    ...(poison.length === 1 && deadLetters.length === 1
      ? []
      : [`${deadLetters.length} of ${poison.length} are dead letters: ${JSON.stringify(poison)}`]),
  ]);
}

/** A job that was accepted at a moment, and what became of it. */
export interface AckedJob extends SeenJob {
  readonly ackedMs: number;
}

/**
 * What a store that has lost its last writes has made of jobs: some are gone, and all others are done.
 * @param crashMs when it was last heard of; @param downMs when it was surely gone
 */
export function jobLossWithin(
  jobs: readonly AckedJob[],
  { crashMs, downMs, windowMs }: { readonly crashMs: number; readonly downMs: number; readonly windowMs: number },
): { readonly found: Finding; readonly lost: number } {
  const isLost = ({ state, ackedMs }: AckedJob): boolean => state === 'gone' && ackedMs <= downMs;
  const tooOld = jobs.filter((job) => isLost(job) && job.ackedMs < crashMs - windowMs);
  const left = jobs.filter((job) => !isLost(job));
  const found = finding(
    `jobs: none is lost that was accepted more than ${windowMs} ms before it, and the others are done`,
    [
      ...tooOld.map(({ id, ackedMs }) => `${id}, accepted ${Math.round(crashMs - ackedMs)} ms before it, is gone`),
      ...allCompleted(left).faults,
    ],
  );
  return { found, lost: jobs.filter(isLost).length };
}
