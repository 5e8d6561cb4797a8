import type { ProblemSpec } from '@nestfleet/service-defaults';
import { JobsError } from '@nestfleet/jobs';
import { StateError } from '@nestfleet/state';

const RETRY_AFTER_S = 1;

const unavailable = (code: string, detail: string): ProblemSpec => ({
  status: 503,
  code,
  title: 'The shared store is away',
  detail,
  retryAfterS: RETRY_AFTER_S,
});

const NOT_SENT = 'Nothing was done; try again';
const NOT_KNOWN = 'It may or may not have been done; read before you try again';

/** The libs' coded errors as answers. What is not listed is our own fault and stays a 500. */
export function apiProblem(error: unknown): ProblemSpec | undefined {
  if (error instanceof StateError) return stateProblem(error);
  if (error instanceof JobsError) return jobsProblem(error);
  return undefined;
}

function stateProblem({ code, message }: StateError): ProblemSpec | undefined {
  switch (code) {
    case 'state_unavailable':
      return unavailable(code, NOT_SENT);
    case 'state_outcome_unknown':
      return unavailable(code, NOT_KNOWN);
    case 'version_conflict':
      return { status: 412, code, title: 'It has changed meanwhile', detail: message };
    default:
      return { status: 400, code, title: 'The request does not fit', detail: message };
  }
}

function jobsProblem({ code, message }: JobsError): ProblemSpec | undefined {
  switch (code) {
    case 'jobs_unavailable':
      return unavailable(code, NOT_SENT);
    case 'job_not_found':
      return { status: 404, code, title: 'No such job', detail: message };
    default:
      return undefined;
  }
}
