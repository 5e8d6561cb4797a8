import { shallowReactive } from 'vue';
import type { BackendProblem } from '../backends/backend.ts';

/** What the page polls, most important first: the first one in trouble is the one that the banner names. */
export const SOURCES = ['visits', 'jobs', 'topology'] as const;
export type Source = (typeof SOURCES)[number];

export interface Problems {
  readonly bySource: Readonly<Record<Source, BackendProblem | null>>;
  report(source: Source, problem: BackendProblem | null): void;
}

export function createProblems(): Problems {
  const bySource = shallowReactive<Record<Source, BackendProblem | null>>({ visits: null, jobs: null, topology: null });
  return {
    bySource,
    report: (source, problem) => {
      bySource[source] = problem;
    },
  };
}

export function worstSource(bySource: Readonly<Record<Source, BackendProblem | null>>): Source | null {
  return SOURCES.find((source) => bySource[source] !== null) ?? null;
}
