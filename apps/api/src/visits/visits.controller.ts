import { type Visit, visit } from '@nestfleet/contracts';
import { type VisitCounts, type Visits, publicSessionId } from '@nestfleet/state';
import { InjectVisits } from '@nestfleet/state/nest';
import { ApiProblems } from '@nestfleet/service';
import { Controller, Get, Header, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CHANGES_STATE, MayHaveSession, SETS_SESSION_COOKIE } from '../documented-answers.ts';
import { ApiIdentity } from '../identity.provider.ts';
import { MayBeLimited } from '../limits/may-be-limited.ts';
import { SessionCookie } from '../caller/session-cookie.ts';

/** Seed greeting of the load balancing example. */
const MESSAGE = 'Hi there fella';

@Controller()
@ApiTags('visits')
@MayBeLimited()
export class VisitsController {
  constructor(
    private readonly identity: ApiIdentity,
    private readonly cookie: SessionCookie,
    @InjectVisits() private readonly visits: Visits,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Count one visit of this session and of all',
    description:
      'A caller without a session gets one, and its cookie. It counts, so it is not sent a second time by itself; HEAD counts nothing.',
  })
  @MayHaveSession()
  @ApiOkResponse({ standardSchema: visit, headers: SETS_SESSION_COOKIE })
  @ApiProblems(...CHANGES_STATE)
  async visit(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Visit> {
    const presented = this.cookie.read(request);
    const counts = presented === undefined ? undefined : await this.visits.count(presented.id);
    // The cookie only now: while the store is unreachable a client keeps the one that it has.
    if (presented !== undefined && counts !== undefined) {
      this.cookie.renew(request, reply, presented);
      return this.answer(presented.id, counts);
    }
    const { session, ...first } = await this.visits.open();
    this.cookie.issue(request, reply, session.id);
    return this.answer(session.id, first);
  }

  private answer(id: string, { sessionCount, globalCount }: VisitCounts): Visit {
    return {
      served_by: this.identity.name,
      hostname: this.identity.hostname,
      instance_id: this.identity.instanceId,
      message: MESSAGE,
      session_id: publicSessionId(id),
      session_count: sessionCount,
      global_count: globalCount,
    };
  }
}
