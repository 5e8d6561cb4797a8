import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from '../problem/problem.ts';

/** What an operation takes in, by its document. */
interface Intake {
  readonly queryKeys: ReadonlySet<string>;
  readonly body: boolean;
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** `GET /values/:key`: the document's `{key}` in the router's words. */
const routeOf = (method: string, path: string): string => `${method} ${path.replace(/\{([^}]+)\}/g, ':$1')}`;

function intakes(document: OpenAPIObject): ReadonlyMap<string, Intake> {
  const known = new Map<string, Intake>();
  for (const [path, item] of Object.entries(document.paths))
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation) continue;
      const inQuery = (operation.parameters ?? []).filter((each) => 'in' in each && each.in === 'query');
      const intake = {
        queryKeys: new Set(inQuery.map((each) => ('name' in each ? each.name : ''))),
        // Elsewhere an untyped `@Body()` leaves no trace in the document, and is read all the same.
        body: method !== 'get' || operation.requestBody !== undefined,
      };
      known.set(routeOf(method.toUpperCase(), path), intake);
      if (method === 'get') known.set(routeOf('HEAD', path), intake);
    }
  return known;
}

const sendsBody = ({ headers }: FastifyRequest): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';

const unknownKeys = (keys: readonly string[]): ProblemError =>
  new ProblemError({
    status: 400,
    code: 'invalid_input',
    title: 'The request does not fit',
    detail: keys
      .map((key) => `${key}: is not known here`)
      .join('; ')
      .slice(0, 1_000),
    errors: keys.slice(0, 50).map((path) => ({ path, message: 'is not known here' })),
  });

const unexpectedBody = (): ProblemError =>
  new ProblemError({
    status: 400,
    code: 'unexpected_body',
    title: 'The request does not fit',
    detail: 'No body is read here',
  });

/**
 * Refuses, before any handler, a query key, and on GET and HEAD a body, that the document gives no meaning to: schemas check only what a
 * handler asks for, so a typing error in a key would pass in silence. Routes that are not in the document are left alone.
 */
export function refuseUndocumentedInput(fastify: FastifyInstance, document: OpenAPIObject): void {
  const known = intakes(document);
  fastify.addHook('onRequest', (request, _reply, done) => {
    const asked = request.url.includes('?');
    const sent = sendsBody(request);
    if (!asked && !sent) return done();
    const intake = known.get(`${request.method} ${request.routeOptions.url ?? ''}`);
    if (!intake) return done();
    const strange = asked
      ? Object.keys(request.query as Record<string, unknown>).filter((key) => !intake.queryKeys.has(key))
      : [];
    const refused = strange.length > 0 ? unknownKeys(strange) : sent && !intake.body ? unexpectedBody() : undefined;
    done(refused);
  });
}
