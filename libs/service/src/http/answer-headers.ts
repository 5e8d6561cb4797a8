import {
  IDEMPOTENCY_KEY_HEADER,
  IDEMPOTENCY_REPLAYED_HEADER,
  OVERLOADED_HEADER,
  RATE_LIMIT_HEADER,
  RATE_LIMIT_POLICY_HEADER,
  REQUEST_ID_HEADER,
  SERVED_BY_HEADER,
} from '@nestfleet/contracts';
import type { DocumentedProblem } from './documented-problems.ts';

/** What decides which headers an answer has: status and operation. */
export interface AnswerContext {
  readonly status: string;
  /** Of this status. */
  readonly problems: readonly DocumentedProblem[];
  /** Of the whole operation. */
  readonly statuses: readonly string[];
  readonly parameters: readonly string[];
}

interface AnswerHeader {
  readonly description: string;
  readonly schema: { readonly type: 'string' | 'integer'; readonly enum?: readonly string[] };
  readonly example: string | number;
  readonly isOn: (answer: AnswerContext) => boolean;
}

const SAYS_WHEN = ['429', '503'];

/** Headers that no handler sets by itself, and the answers that have them. */
const ANSWER_HEADERS: Readonly<Record<string, AnswerHeader>> = {
  [REQUEST_ID_HEADER]: {
    description: 'Id of the request: the one that was sent, or a new one. Every log line of the request has it',
    schema: { type: 'string' },
    example: '6f1c3f0e-7a5e-4f0b-9d55-0c9f6b1d2a34',
    isOn: () => true,
  },
  [SERVED_BY_HEADER]: {
    description: 'Name of the replica that answered (INSTANCE_NAME)',
    schema: { type: 'string' },
    example: 'api-2',
    isOn: () => true,
  },
  'retry-after': {
    description: 'Seconds until it may be worth to try again',
    schema: { type: 'integer' },
    example: 1,
    isOn: ({ status, problems }) =>
      SAYS_WHEN.includes(status) || problems.some(({ retryAfter }) => retryAfter === true),
  },
  [OVERLOADED_HEADER]: {
    description: 'On a 503 of an instance that is full: the request was not begun, whatever its method',
    schema: { type: 'string', enum: ['true'] },
    example: 'true',
    isOn: ({ problems }) => problems.some(({ code }) => code === 'overloaded'),
  },
  allow: {
    description: 'The methods that the path is served with',
    schema: { type: 'string' },
    example: 'GET, HEAD, OPTIONS',
    isOn: ({ status }) => status === '405',
  },
  accept: {
    description: 'The media type that is read, where the body was of another',
    schema: { type: 'string' },
    example: 'application/json',
    isOn: ({ problems }) => problems.some(({ code }) => code === 'unsupported_media_type'),
  },
  'accept-encoding': {
    description: 'The content coding that is read, where the body was in another',
    schema: { type: 'string' },
    example: 'identity',
    isOn: ({ problems }) => problems.some(({ code }) => code === 'unsupported_content_coding'),
  },
  [RATE_LIMIT_POLICY_HEADER]: {
    description: 'Quotas and their windows in seconds; only while RATE_LIMIT sets a limit',
    schema: { type: 'string' },
    example: '"caller";q=100;w=60, "address";q=1000;w=60',
    isOn: ({ statuses }) => statuses.includes('429'),
  },
  [RATE_LIMIT_HEADER]: {
    description: 'What is left of the tighter quota, and for how many seconds; only while RATE_LIMIT sets a limit',
    schema: { type: 'string' },
    example: '"caller";r=99;t=60',
    isOn: ({ statuses }) => statuses.includes('429'),
  },
  [IDEMPOTENCY_REPLAYED_HEADER]: {
    description: 'On an answer that was kept from the first request with the same key',
    schema: { type: 'string', enum: ['true'] },
    example: 'true',
    isOn: ({ status, parameters }) => status.startsWith('2') && parameters.includes(IDEMPOTENCY_KEY_HEADER),
  },
};

/** headerComponents are the headers as a document has them, once. */
export const headerComponents = (): Record<string, object> =>
  Object.fromEntries(
    Object.entries(ANSWER_HEADERS).map(([name, { description, schema, example }]) => [
      name,
      { description, schema, example },
    ]),
  );

/** headersOf points to those of an answer. */
export const headersOf = (answer: AnswerContext): Record<string, { readonly $ref: string }> =>
  Object.fromEntries(
    Object.entries(ANSWER_HEADERS)
      .filter(([, { isOn }]) => isOn(answer))
      .map(([name]) => [name, { $ref: `#/components/headers/${name}` }]),
  );
