import { BackendProblem } from './backend.ts';

/** Problems that the page finds by itself because no problem+json arrived. Status 0: there was no answer at all. */
export const pageProblems = {
  edge_unreachable: 'The edge proxy cannot be reached',
  no_answer_in_time: 'No answer in time',
  unexpected_answer: 'An answer that is not in the contract',
} as const;
export type PageProblemCode = keyof typeof pageProblems;

export function pageProblem(
  code: PageProblemCode,
  detail: string,
  answer: { status?: number; requestId?: string | null; retryAfterMs?: number | null } = {},
): BackendProblem {
  return new BackendProblem(
    {
      type: `about:blank#${code}`,
      title: pageProblems[code],
      status: answer.status ?? 0,
      detail,
      code,
      request_id: answer.requestId ?? '',
    },
    answer.retryAfterMs ?? null,
  );
}
