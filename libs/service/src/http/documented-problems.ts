import { PROBLEM_MEDIA_TYPE } from '@nestfleet/contracts';
import { applyDecorators } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import { titleOf, toProblem } from '../problem/problem.ts';
import { BODY_LIMIT_BYTES } from '../connections/body-limit.ts';

/** DocumentedProblem is one problem that an operation answers with, as in its OpenAPI document. */
export interface DocumentedProblem {
  readonly status: number;
  readonly code: string;
  /** When it happens; a sentence without its end, as in the catalogues of errors. */
  readonly meaning: string;
  /** It says in `Retry-After` when to retry. Of course for 429 and 503. */
  readonly retryAfter?: boolean;
}

const KEY = 'x-problem-';
const EXAMPLE_REQUEST_ID = '6f1c3f0e-7a5e-4f0b-9d55-0c9f6b1d2a34';
const SCHEMA = { $ref: '#/components/schemas/Problem' };

/**
 * ApiProblems documents the problems of an operation, or of all operations of a controller. Those of one status come from
 * several places, so they are only collected here, and `problemAnswers` makes one answer of them.
 */
export const ApiProblems = (...problems: readonly DocumentedProblem[]): ClassDecorator & MethodDecorator =>
  applyDecorators(...problems.map((problem) => ApiExtension(`${KEY}${problem.code}`, problem)));

/** takeProblems gives what `ApiProblems` left on an operation, and takes it away: it is no part of a document. */
export function takeProblems(operation: object): readonly DocumentedProblem[] {
  const extensions = operation as Record<string, unknown>;
  return Object.keys(extensions)
    .filter((key) => key.startsWith(KEY))
    .map((key) => {
      const problem = extensions[key] as DocumentedProblem;
      delete extensions[key];
      return problem;
    });
}

/** impliedProblems gives what the framework refuses before any handler, by what an operation takes in. */
export function impliedProblems(operation: { readonly requestBody?: unknown }): readonly DocumentedProblem[] {
  const unfit = {
    status: 400,
    code: 'invalid_input',
    meaning: 'a parameter, a key of the query or a field of the body does not fit or is not known; `errors` names it',
  };
  const otherMethod = {
    status: 405,
    code: 'method_not_allowed',
    meaning: 'the path was asked with a method that it is not served with',
  };
  const { content } = (operation.requestBody ?? {}) as { content?: Readonly<Record<string, unknown>> };
  if (content === undefined)
    return [
      unfit,
      otherMethod,
      { status: 400, code: 'unexpected_body', meaning: 'a body came, and none is read here' },
    ];
  if (content['application/json'] === undefined) return [unfit, otherMethod];
  return [
    unfit,
    otherMethod,
    { status: 413, code: 'body_too_large', meaning: `the body has more than ${BODY_LIMIT_BYTES} bytes` },
    {
      status: 415,
      code: 'unsupported_media_type',
      meaning: 'the body is not of the type application/json, or not in UTF-8',
    },
    { status: 415, code: 'unsupported_content_coding', meaning: 'the body is compressed' },
  ];
}

/** What an operation answers with where its app sheds load. */
export const OVERLOADED: DocumentedProblem = {
  status: 503,
  code: 'overloaded',
  meaning: 'this instance is full and has not begun the request, which `x-overloaded` says',
};

interface ProblemAnswer {
  readonly description: string;
  readonly content: Readonly<Record<string, { readonly schema: typeof SCHEMA; readonly examples: object }>>;
}

/** problemAnswers makes one answer of all problems of a status, with an example of each. */
export function problemAnswers(problems: readonly DocumentedProblem[]): Record<string, ProblemAnswer> {
  const byStatus = Object.entries(Object.groupBy(problems, ({ status }) => status));
  return Object.fromEntries(
    byStatus.map(([status, those = []]) => {
      const description = those.map(({ code, meaning }) => `\`${code}\`: ${meaning}`).join('\n\n');
      const examples = Object.fromEntries(those.map((each) => [each.code, { value: exampleOf(each) }]));
      return [status, { description, content: { [PROBLEM_MEDIA_TYPE]: { schema: SCHEMA, examples } } }];
    }),
  );
}

const exampleOf = ({ status, code, meaning }: DocumentedProblem): object =>
  toProblem({ status, code, title: titleOf(status), detail: meaning }, EXAMPLE_REQUEST_ID);

/** What is not documented above, such as a fault of our own or a deadline that has passed. */
export const OTHER_PROBLEM = {
  description: 'Any other problem (RFC 9457)',
  content: { [PROBLEM_MEDIA_TYPE]: { schema: SCHEMA } },
};
