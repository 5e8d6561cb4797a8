import { createConfig, isRef, lintFromString, type Oas3Rule, type Oas3Visitor } from '@redocly/openapi-core';

/** answersDescribed: a reader of an answer is told what it means; the specification is content with an empty text. */
const answersDescribed: Oas3Rule = () => ({
  Response: (answer, context) => {
    if (answer.description?.trim() === '')
      context.report({
        message: 'An answer says what it means.',
        location: context.location.child('description'),
      });
  },
});

interface Exampled {
  readonly example?: unknown;
  readonly examples?: unknown;
}

const hasExample: Oas3Visitor['MediaType'] = (media, context) => {
  const { schema } = media;
  const named = (isRef(schema) ? context.resolve(schema).node : schema) as Exampled | undefined;
  const shown = media.example ?? media.examples ?? named?.example ?? named?.examples;
  if (shown === undefined && String(context.key).includes('json'))
    context.report({ message: 'A body has an example.', location: context.location });
};

/** bodiesExampled: whoever tries an operation out begins with a body that is taken, and sees what an answer looks like. */
const bodiesExampled: Oas3Rule = () =>
  ({ RequestBody: { MediaType: hasExample }, Response: { MediaType: hasExample } }) as Oas3Visitor;

/** None of the recommended rules is switched off; these come on top of them. */
const config = createConfig({
  extends: ['recommended'],
  plugins: [{ id: 'fleet', rules: { oas3: { answers: answersDescribed, bodies: bodiesExampled } } }],
  rules: {
    'fleet/answers': 'error',
    'fleet/bodies': 'error',
    'operation-tag-defined': 'error',
    'parameter-description': 'error',
    'response-contains-header': { severity: 'error', names: { '2xx': ['x-request-id', 'x-served-by'] } },
  },
});

/** lintDocument reads an OpenAPI document as a stranger's tool does; each finding is a line, warnings too. */
export async function lintDocument(text: string, name: string): Promise<string[]> {
  const found = await lintFromString({ source: text, absoluteRef: name, config: await config });
  return found.map(({ severity, ruleId, message, location }) => {
    const at = location.map(({ pointer }) => pointer ?? '').join(' ');
    return `${severity} ${ruleId}: ${message} ${at}`;
  });
}
