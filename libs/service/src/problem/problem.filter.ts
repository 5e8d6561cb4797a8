import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { errorOf, PROBLEM_MEDIA_TYPE } from '@nestfleet/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../logging.ts';
import { ProblemError, type ProblemMapper, type ProblemSpec, toProblem, toProblemSpec } from './problem.ts';

/** A request that broke off within its body: nobody reads the answer, and nothing of ours went wrong. */
const clientLeft: ProblemSpec = {
  status: 400,
  code: 'bad_request',
  title: 'The request broke off',
  detail: 'The connection ended before the body was whole',
};

/** ProblemFilter is the only place that turns an error into an answer. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly log: Logger,
    private readonly mapper: ProblemMapper | undefined,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const error = errorOf(thrown);
    // A TCP message has no reply to write to: Nest's RPC layer answers with the thrown error itself.
    if (host.getType() !== 'http') throw error;
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const hasBrokenOff = thrown !== null && request.raw?.errored === thrown;
    const spec = hasBrokenOff ? clientLeft : toProblemSpec(error, this.mapper);
    const where = { code: spec.code, method: request.method, route: request.routeOptions?.url };
    // A stack says nothing when a dependency is unreachable, and there is one such line per request then; nor where an answer was
    // chosen and nothing went wrong, as behind the short deadline of a client.
    const wasChosen = error instanceof ProblemError && error.cause === undefined;
    if (spec.status === 503 || (wasChosen && spec.status >= 500))
      this.log.warn({ ...where, reason: spec.detail }, spec.title);
    else if (spec.status >= 500) this.log.error({ ...where, err: error }, spec.title);
    if (reply.raw.headersSent) {
      // Half an answer is out: a cut connection is the only honest end.
      reply.raw.destroy();
      return;
    }
    if (spec.retryAfterS !== undefined) void reply.header('retry-after', String(spec.retryAfterS));
    void reply
      .code(spec.status)
      .headers({ ...spec.headers, 'cache-control': 'no-store' })
      .type(PROBLEM_MEDIA_TYPE)
      .send(JSON.stringify(toProblem(spec, request.id)));
  }
}
