import { type Visit, visit } from '@nestfleet/contracts';
import { type Counters, type Sessions, publicSessionId } from '@nestfleet/state';
import { InjectCounters, InjectSessions } from '@nestfleet/state/nest';
import { Controller, Get, Header, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiIdentity } from '../identity.provider.ts';
import { SessionCookie } from '../sessions/session-cookie.ts';
import { bothOrUnknown } from './both-or-unknown.ts';

/** Seed greeting of the load balancing example. */
const MESSAGE = 'Hi there fella';

@Controller()
@ApiTags('visits')
export class VisitsController {
  constructor(
    private readonly identity: ApiIdentity,
    private readonly cookie: SessionCookie,
    @InjectSessions() private readonly sessions: Sessions,
    @InjectCounters() private readonly counters: Counters,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Count one visit of this session and of all' })
  @ApiOkResponse({ standardSchema: visit })
  async visit(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Visit> {
    const [session, globalCount] = await bothOrUnknown(this.countSession(request), this.counters.addGlobal());
    // Only now: while the store is away a client keeps the cookie that it has.
    if (session.setCookie) this.cookie.issue(request, reply, session.id);
    return {
      served_by: this.identity.name,
      hostname: this.identity.hostname,
      instance_id: this.identity.instanceId,
      message: MESSAGE,
      session_id: publicSessionId(session.id),
      session_count: session.count,
      global_count: globalCount,
    };
  }

  private async countSession(request: FastifyRequest): Promise<{ id: string; count: number; setCookie: boolean }> {
    const presented = this.cookie.read(request);
    if (presented !== undefined) {
      const count = await this.sessions.visit(presented.id);
      if (count !== undefined) return { id: presented.id, count, setCookie: presented.stale };
    }
    const { id } = await this.sessions.open();
    return { id, count: (await this.sessions.visit(id)) ?? 0, setCookie: true };
  }
}
