import type { Sessions } from '@nestfleet/state';
import { InjectSessions } from '@nestfleet/state/nest';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { SessionCookie } from './session-cookie.ts';

/** SessionOwner resolves the owner of what a request makes or asks for. */
@Injectable()
export class SessionOwner {
  constructor(
    private readonly cookie: SessionCookie,
    @InjectSessions() private readonly sessions: Sessions,
  ) {}

  /**
   * Public id that the caller's session was opened with, so that a rotation takes nothing away. The store is asked: a
   * cookie that outlived its session owns nothing.
   */
  async of(request: FastifyRequest): Promise<string | undefined> {
    const presented = this.cookie.read(request);
    return presented && (await this.sessions.find(presented.id))?.originId;
  }
}
