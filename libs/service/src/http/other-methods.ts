import type { FastifyInstance } from 'fastify';
import findMyWay, { type HTTPMethod } from 'find-my-way';
import { ProblemError } from '../problem/problem.ts';

/** What `@fastify/cors` serves so that preflights get past the router; it is no path. */
const ANY_PATH = '*';
/** Longest parameter of a path, characters. */
export const PARAMETER_LENGTH_MAX = 256;

/**
 * ServedMethods are the methods that each path is served with. Fastify's own router knows only of the one that was asked
 * for.
 */
export class ServedMethods {
  private readonly router = findMyWay({ maxParamLength: PARAMETER_LENGTH_MAX });
  private readonly methods = new Set<HTTPMethod>();

  /** Before the first route. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', ({ method, url }) => {
      if (url === ANY_PATH) return;
      for (const each of [method].flat() as HTTPMethod[]) {
        this.methods.add(each);
        if (!this.router.hasRoute(each, url)) this.router.on(each, url, () => undefined);
      }
    });
  }

  of(url: string): string[] {
    return [...this.methods].filter((method) => this.router.find(method, url) !== null);
  }
}

/**
 * Answers what no route serves. Of a path that is known OPTIONS lists what it is served with (RFC 9110 section 9.3.7), and
 * any other method is a 405; else nothing is here, in the same words for GET and HEAD. After the hooks that serve paths
 * which no route names, and those that refuse a caller whatever it asks for, but before a body is read.
 */
export function answerOtherMethods(fastify: FastifyInstance, served: ServedMethods): void {
  fastify.addHook('preParsing', (request, reply, payload, done) => {
    if (!request.is404 && request.routeOptions.url !== ANY_PATH) return done(null, payload);
    const methods = new Set(served.of(request.url));
    if (methods.size === 0) return done(nothingHere(request.url));
    const allow = [...methods.add('OPTIONS')].toSorted().join(', ');
    if (request.method === 'OPTIONS') void reply.code(204).headers({ allow, 'cache-control': 'no-store' }).send();
    else done(methodNotAllowed(request.method, allow));
  });
}

const nothingHere = (url: string): ProblemError =>
  new ProblemError({
    status: 404,
    code: 'not_found',
    title: 'Nothing is here',
    detail: `No resource has the path ${url.split('?', 1)[0]?.slice(0, 200)}`,
  });

const methodNotAllowed = (method: string, allow: string): ProblemError =>
  new ProblemError({
    status: 405,
    code: 'method_not_allowed',
    title: 'This method is not served here',
    detail: `${method} is not served here; ${allow} are`,
    headers: { allow },
  });
