import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly payload?: object;
}

/** Input that fits, where `{}` and no query do not. */
const BODIES: Readonly<Record<string, object>> = {
  'PUT /values/{key}': { value: 'v' },
  'POST /jobs': { name: 'demo', payload: { job: 'x' } },
  'PATCH /session': { fields: { a: 1 } },
};
const QUERIES: Readonly<Record<string, string>> = { '/set': '?key=k&value=v', '/get': '?key=k', '/enqueue': '?job=x' };

/** Every route of the document but some, with input that fits, so that a new route is asked without being told of. */
export function otherRoutes(but: readonly string[]): readonly Route[] {
  const file = join(import.meta.dirname, '../openapi.json');
  const { paths } = JSON.parse(readFileSync(file, 'utf8')) as { paths: Record<string, Record<string, unknown>> };
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item)
      .map((verb) => verb.toUpperCase() as Route['method'])
      .filter((method) => !but.includes(`${method} ${path}`))
      .map((method) => {
        const body = BODIES[`${method} ${path}`] ?? (method === 'POST' ? {} : undefined);
        const url = path.replace('{id}', 'demo.x').replace(/\{\w+\}/g, 'x') + (QUERIES[path] ?? '');
        return { method, url, ...(body === undefined ? {} : { payload: body }) };
      }),
  );
}
