import type { OpenAPIObject } from '@nestjs/swagger';
import { isExempt } from '../overload/exempt-routes.ts';
import { headerComponents, headersOf } from './answer-headers.ts';
import {
  type DocumentedProblem,
  impliedProblems,
  OTHER_PROBLEM,
  OVERLOADED,
  problemAnswers,
  takeProblems,
} from './documented-problems.ts';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Responses = Operation['responses'];
type Answer = Exclude<NonNullable<Responses[string]>, { $ref: string }>;

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head'] as const;
const NAME = '#/components/schemas/';

/**
 * completeDocument adds once for all operations what no decorator has to declare: the problems that every operation answers
 * with, the headers of every answer, whose credentials are asked for, and what a success means, which its schema says.
 * @param shedsLoad operations may be refused because the instance is full
 */
export function completeDocument(document: OpenAPIObject, shedsLoad: boolean): void {
  const shared: Record<string, Answer> = {};
  for (const [path, item] of Object.entries(document.paths)) {
    const implied = shedsLoad && !isExempt(path) ? [OVERLOADED] : [];
    for (const method of METHODS) if (item[method]) completeOperation(item[method], implied, document, shared);
  }
  const used = JSON.stringify([document.paths, shared]);
  const headers = Object.entries(headerComponents()).filter(([name]) => used.includes(`#/components/headers/${name}"`));
  document.components = { ...document.components, responses: shared, headers: Object.fromEntries(headers) };
}

function completeOperation(
  operation: Operation,
  implied: readonly DocumentedProblem[],
  document: OpenAPIObject,
  shared: Record<string, Answer>,
): void {
  const problems = [...impliedProblems(operation), ...takeProblems(operation), ...implied];
  operation.security ??= [];
  operation.parameters = (operation.parameters ?? []).filter((each) => !('in' in each && isToldElsewhere(each)));
  const answers: Responses = { ...operation.responses, ...problemAnswers(problems), default: OTHER_PROBLEM };
  const statuses = Object.keys(answers);
  const parameters = operation.parameters.map((each) => ('name' in each ? each.name : ''));
  operation.responses = Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => {
      if (answer === undefined || '$ref' in answer) return [status, answer];
      const ofStatus = problems.filter((problem) => String(problem.status) === status);
      const headers = headersOf({ status, problems: ofStatus, statuses, parameters });
      const description = answer.description === '' ? meaningOf(answer, document) : answer.description;
      const whole = { ...answer, description, headers: { ...answer.headers, ...headers } };
      const codes = status === 'default' ? ['problem'] : ofStatus.map(({ code }) => code);
      return [status, codes.length === 0 ? whole : pointerTo(whole, codes, shared)];
    }),
  );
}

/** Operations that answer the same problems point to one answer; a variant of it, as without the limits, is a second one. */
function pointerTo(answer: Answer, codes: readonly string[], shared: Record<string, Answer>): { $ref: string } {
  const text = JSON.stringify(answer);
  for (let variant = 1; ; variant += 1) {
    const name = [...codes, ...(variant === 1 ? [] : [variant])].join('.');
    shared[name] ??= answer;
    if (JSON.stringify(shared[name]) === text) return { $ref: `#/components/responses/${name}` };
  }
}

/** The specification has other places for these, and gives a parameter of their name no meaning. */
const ELSEWHERE = new Set(['accept', 'authorization', 'content-type', 'cookie']);
const isToldElsewhere = (parameter: { in: string; name: string }): boolean =>
  parameter.in === 'header' && ELSEWHERE.has(parameter.name.toLowerCase());

/** What its schema says of itself. */
function meaningOf({ content }: Answer, document: OpenAPIObject): string {
  const schema = Object.values(content ?? {})[0]?.schema;
  if (schema === undefined || !('$ref' in schema)) return '';
  const named = document.components?.schemas?.[schema.$ref.slice(NAME.length)];
  return named !== undefined && 'description' in named ? (named.description ?? '') : '';
}
