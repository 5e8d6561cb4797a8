import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SERVICE_NAMES } from '@nestfleet/contracts';
import { lintDocument } from './lint-document.ts';

const apps = join(import.meta.dirname, '../../../../apps');
const textOf = (app: string): string => readFileSync(join(apps, app, 'openapi.json'), 'utf8');

interface Draft {
  components: { schemas: Record<string, Record<string, unknown>>; responses: Record<string, { description: string }> };
  paths: Record<string, Record<string, Record<string, unknown>>>;
  tags: unknown[];
  servers: unknown[];
}

describe('the OpenAPI documents of the repository', () => {
  it.each(SERVICE_NAMES)('%s: a linter finds nothing', async (app) => {
    expect(await lintDocument(textOf(app), `${app}.json`)).toEqual([]);
  });

  it.each<[string, string, (draft: Draft) => void]>([
    [
      'a pointer that leads nowhere',
      'no-unresolved-refs',
      ({ components: { schemas } }) => {
        schemas['Problem'] = { $ref: '#/$defs/Problem', $defs: { Problem: schemas['Problem'] } };
      },
    ],
    [
      'an operation that says nothing of credentials',
      'security-defined',
      ({ paths }) => delete paths['/jobs']!['post']!['security'],
    ],
    [
      'an answer without a meaning',
      'fleet/answers',
      ({ components }) => (components.responses['problem']!.description = ''),
    ],
    [
      'a body without an example',
      'fleet/bodies',
      ({ components: { schemas } }) => delete schemas['PutValue']!['example'],
    ],
    [
      'an answer without an example',
      'fleet/bodies',
      ({ components: { schemas } }) => delete schemas['JobList']!['example'],
    ],
    [
      'an example that does not fit',
      'no-invalid-schema-examples',
      ({ components: { schemas } }) => (schemas['PutValue']!['example'] = { value: 1 }),
    ],
    ['a tag that is not declared', 'operation-tag-defined', (draft) => (draft.tags = [])],
    ['no server', 'no-empty-servers', (draft) => (draft.servers = [])],
    [
      'an answer without the headers that all have',
      'response-contains-header',
      ({ paths }) => (paths['/jobs']!['post']!['responses'] = { '202': { description: 'x' } }),
    ],
  ])('%s is found', async (_name, rule, spoil) => {
    const draft = JSON.parse(textOf('api')) as Draft;
    spoil(draft);
    const found = await lintDocument(JSON.stringify(draft), 'api.json');
    expect(found.filter((line) => line.includes(rule))).not.toEqual([]);
  });
});
