import type { IncomingHttpHeaders } from 'node:http';
import { ProblemError } from '../problem/problem.ts';

/** isMet is true where all that `Expect` names is what we do. Node looks whether `100-continue` is somewhere in it. */
export const isMet = (expectations = ''): boolean =>
  expectations.split(',').every((each) => each.trim().toLowerCase() === '100-continue');

/** unmetExpectation is the problem of a request that expects what we do not do, undefined where there is none. */
export const unmetExpectation = ({ expect }: IncomingHttpHeaders): ProblemError | undefined =>
  expect === undefined || isMet(expect)
    ? undefined
    : new ProblemError({
        status: 417,
        code: 'expectation_failed',
        title: 'This expectation is not met here',
        detail: 'Only 100-continue can be expected here',
      });
