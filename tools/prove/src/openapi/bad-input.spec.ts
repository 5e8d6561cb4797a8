import { describe, expect, it } from '@jest/globals';
import { type OpenApi, badRequests } from './bad-input.ts';

const document: OpenApi = {
  paths: {
    '/things/{id}': {
      put: {
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'string', maxLength: 8, pattern: '^[a-z]+$' } },
          { name: 'limit', in: 'query', schema: { type: 'integer', maximum: 5 } },
        ],
        requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } },
      },
    },
  },
  components: { schemas: { Thing: { type: 'object', properties: { size: { type: 'integer' } } } } },
};

describe('badRequests', () => {
  const requests = badRequests(document);
  const named = (part: string) => requests.find(({ name }) => name.includes(part));

  it('spoils one thing at a time and leaves the rest right', () => {
    expect(named('id too long')).toMatchObject({
      method: 'PUT',
      path: '/things/aaaaaaaaa',
      field: 'id',
      body: '{"size":10}',
    });
    expect(named('limit of a wrong type')).toMatchObject({ path: '/things/x?limit=many', field: 'limit' });
    expect(named('unknown query key')?.path).toBe('/things/x?surprise=1');
    expect(named('size of a wrong type')).toMatchObject({ body: '{"size":{"wrong":true}}', field: 'size' });
  });

  it('spoils what may be any object with something else', () => {
    const fields: OpenApi = {
      ...document,
      components: { schemas: { Thing: { type: 'object', properties: { fields: { type: 'object' } } } } },
    };
    const spoilt = badRequests(fields).find(({ name }) => name.includes('fields of a wrong type'));
    expect(spoilt?.body).toBe('{"fields":"wrong"}');
  });

  it('has bad JSON, an unknown key and a body of 2 MB for each body', () => {
    expect(named('bad JSON')?.body).toBe('{"a":');
    expect(named('an unknown key')?.field).toBe('surprise');
    expect(named('2 MB')?.body?.length).toBeGreaterThan(2_000_000);
  });
});
