import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type FieldFault, ProblemError } from '../problem/problem.ts';
import { announcesBody } from '../connections/body-presence.ts';

/** What an operation takes in, by its document. */
interface Intake {
  readonly queryKeys: ReadonlySet<string>;
  readonly body: boolean;
  /** Lower case. */
  readonly headers: ReadonlySet<string>;
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
      const names = (place: string): string[] =>
        (operation.parameters ?? []).flatMap((each) => ('in' in each && each.in === place ? each.name : []));
      const intake = {
        queryKeys: new Set(names('query')),
        body: operation.requestBody !== undefined,
        headers: new Set(names('header').map((name) => name.toLowerCase())),
      };
      known.set(routeOf(method.toUpperCase(), path), intake);
      if (method === 'get') known.set(routeOf('HEAD', path), intake);
    }
  return known;
}

const invalidInput = (faults: readonly FieldFault[]): ProblemError =>
  new ProblemError({
    status: 400,
    code: 'invalid_input',
    title: 'The request does not fit',
    detail: faults
      .map(({ path, message }) => `${path}: ${message}`)
      .join('; ')
      .slice(0, 1_000),
    errors: faults.slice(0, 50),
  });

const unexpectedBody = (): ProblemError =>
  new ProblemError({
    status: 400,
    code: 'unexpected_body',
    title: 'The request does not fit',
    detail: 'No body is read here',
  });

/** What the parser of the query left undecoded would reach the handler as other text than was meant. */
function isReadable(url: string): boolean {
  if (!url.includes('%')) return true;
  try {
    // Its result is used, or the bundler takes the call for one without an effect and leaves it out.
    return decodeURIComponent(url).length > 0;
  } catch {
    return false;
  }
}

function faultsOf(query: Record<string, unknown>, known: ReadonlySet<string>): FieldFault[] {
  return Object.entries(query).flatMap(([path, value]) => {
    if (!known.has(path)) return [{ path, message: 'is not known here' }];
    return Array.isArray(value) ? [{ path, message: 'is there more than once' }] : [];
  });
}

const CONDITIONS = ['if-match', 'if-none-match'];

/** A change must not be made where a condition that came with it cannot be looked at. Of a read it would say nothing. */
const unreadConditions = ({ method, headers }: FastifyRequest, known: ReadonlySet<string>): FieldFault[] =>
  isRead(method)
    ? []
    : CONDITIONS.filter((name) => headers[name] !== undefined && !known.has(name)).map((path) => ({
        path,
        message: 'is not read here',
      }));

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';

const holdsSomething = (body: unknown): boolean =>
  body !== undefined &&
  (typeof body !== 'object' || body === null || Array.isArray(body) || Object.keys(body).length > 0);

/**
 * refuseUndocumentedInput refuses, before any handler, an address that is no text in UTF-8, a query key that comes twice,
 * and a query key, body or condition on a change that the document gives no meaning to: schemas check only what a handler
 * asks for, so a typing error in a key would pass in silence. Routes that are not in the document may be called with any key,
 * and with any body.
 */
export function refuseUndocumentedInput(fastify: FastifyInstance, document: OpenAPIObject): void {
  const known = intakes(document);
  const intakeOf = ({ method, routeOptions }: FastifyRequest): Intake | undefined =>
    known.get(`${method} ${routeOptions.url ?? ''}`);
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (!isReadable(request.url)) return done(invalidInput([{ path: 'url', message: 'is not percent-encoded UTF-8' }]));
    const hasQuery = request.url.includes('?');
    const sent = isRead(request.method) && announcesBody(request.headers);
    const intake = intakeOf(request);
    if (!intake) return done();
    const faults = unreadConditions(request, intake.headers);
    if (hasQuery) faults.push(...faultsOf(request.query as Record<string, unknown>, intake.queryKeys));
    if (faults.length > 0) done(invalidInput(faults));
    else done(sent && !intake.body ? unexpectedBody() : undefined);
  });
  // Only now it is known: a client that names a type on each request may send an empty object, and nothing is lost of it.
  fastify.addHook('preValidation', (request, _reply, done) => {
    done(holdsSomething(request.body) && intakeOf(request)?.body === false ? unexpectedBody() : undefined);
  });
}
