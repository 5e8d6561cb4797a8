import {
  IDEMPOTENCY_KEY_HEADER,
  type PatchSession,
  type Session as Shown,
  patchSession,
  session as shown,
} from '@nestfleet/contracts';
import { ApiProblems, ProblemError, badHeader, conditionsOf, readOutcome } from '@nestfleet/service';
import {
  type ChangeOptions,
  type Session,
  type Sessions,
  hasSecretKey,
  idempotencyTokenOf,
  publicSessionId,
} from '@nestfleet/state';
import { InjectSessions } from '@nestfleet/state/nest';
import { Body, Controller, Delete, Get, Header, HttpCode, Patch, Post, Req, Res } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiNotModifiedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  CHANGES_STATE,
  ETAG,
  MayHaveSession,
  NeedsSession,
  READS_STATE,
  SETS_SESSION_COOKIE,
  ofState,
} from '../documented-answers.ts';
import { TakesIdempotencyKey } from '../idempotency/takes-idempotency-key.ts';
import { ApiIdentity } from '../identity.provider.ts';
import { MayBeLimited } from '../limits/may-be-limited.ts';
import { preconditionOf } from '../preconditions.ts';
import { type PresentedSession, SessionCookie } from '../caller/session-cookie.ts';
import { opaqueOf, otherVersion, sessionEtag, versionIn } from './session-etag.ts';
import { changeOf } from './session-patch.ts';

const sessionNotFound = (): ProblemError =>
  new ProblemError({
    status: 404,
    code: 'session_not_found',
    title: 'No session',
    detail: 'The request has no cookie of a session that lives; POST /session opens one',
  });

/**
 * rotationToken is the idempotency token of a rotation, so that it can be retried with the old cookie. It is the other half
 * of the way from an old id to its session, so nobody who has the first may guess it.
 */
function rotationToken(request: FastifyRequest): { readonly idempotencyToken?: string } {
  const idempotencyToken = idempotencyTokenOf(request);
  if (idempotencyToken === undefined) return {};
  if (hasSecretKey(request)) return { idempotencyToken };
  throw badHeader(IDEMPOTENCY_KEY_HEADER, 'is a random UUID on a rotation');
}

const NOT_FOUND = {
  status: 404,
  code: 'session_not_found',
  meaning: 'the request has no cookie of a session that lives; `POST /session` opens one',
};

const IF_MATCH = {
  name: 'if-match',
  required: false,
  description: 'ETags, one of which the session must still have, or `*` for any',
};
const IF_NONE_MATCH = { name: 'if-none-match', required: false, description: 'ETags, none of which it may have' };

const ANSWER_HEADERS = { ...ETAG, ...SETS_SESSION_COOKIE };

@Controller('session')
@ApiTags('sessions')
@MayBeLimited()
export class SessionsController {
  constructor(
    private readonly identity: ApiIdentity,
    private readonly cookie: SessionCookie,
    @InjectSessions() private readonly sessions: Sessions,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Read the session of the caller, without keeping it alive' })
  @ApiHeader(IF_MATCH)
  @ApiHeader({
    name: 'if-none-match',
    required: false,
    description: 'ETags that are known already: 304 for one of them; counts are not in it',
  })
  @NeedsSession()
  @ApiOkResponse({ standardSchema: shown, headers: ANSWER_HEADERS })
  @ApiNotModifiedResponse({ description: 'It is what is known already', headers: ETAG })
  @ApiProblems(NOT_FOUND, ...READS_STATE, ...ofState('version_conflict'))
  async find(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Shown | undefined> {
    const presented = this.presented(request);
    const found = this.live(await this.sessions.find(presented.id));
    const outcome = readOutcome(conditionsOf(request.headers), opaqueOf(found));
    if (outcome === 'changed') throw otherVersion();
    this.cookie.renew(request, reply, presented);
    const answer = this.answer(reply, found);
    if (outcome === 'shown') return answer;
    void reply.code(304);
    return undefined;
  }

  @Post()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Open a session, unless the caller has one that lives' })
  @TakesIdempotencyKey()
  @MayHaveSession()
  @ApiCreatedResponse({ description: 'A new session', standardSchema: shown, headers: ANSWER_HEADERS })
  @ApiOkResponse({ description: 'The caller has one already', standardSchema: shown, headers: ANSWER_HEADERS })
  @ApiProblems(...CHANGES_STATE)
  async open(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Shown> {
    const presented = this.cookie.read(request);
    if (presented !== undefined && (await this.sessions.touch(presented.id))) {
      const found = await this.sessions.find(presented.id);
      if (found !== undefined) {
        this.cookie.renew(request, reply, presented);
        void reply.code(200);
        return this.answer(reply, found);
      }
    }
    // Never the id that was presented, however well it is signed: somebody else may know it.
    const opened = await this.sessions.open();
    this.cookie.issue(request, reply, opened.id);
    return this.answer(reply, opened);
  }

  @Patch()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Set or remove fields, each alone; with If-Match only over what was read' })
  @ApiHeader(IF_MATCH)
  @ApiHeader(IF_NONE_MATCH)
  @NeedsSession()
  @ApiOkResponse({ standardSchema: shown, headers: ANSWER_HEADERS })
  @ApiProblems(NOT_FOUND, ...CHANGES_STATE, ...ofState('version_conflict', 'invalid_session_data'))
  async patch(
    @Body({ schema: patchSession }) body: PatchSession,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Shown> {
    const presented = this.presented(request);
    const { id } = presented;
    const precondition = this.precondition(request, id);
    const { set, remove, edit } = changeOf(body);
    const stored = await (precondition === undefined
      ? this.sessions.set(id, set, { remove })
      : this.sessions.change(id, edit, precondition));
    const changed = this.live(stored);
    this.cookie.renew(request, reply, presented);
    return this.answer(reply, changed);
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({ summary: 'End the session of the caller; no id of it works any more' })
  @ApiHeader(IF_MATCH)
  @ApiHeader(IF_NONE_MATCH)
  @MayHaveSession()
  @ApiNoContentResponse({ description: 'The caller has no session', headers: SETS_SESSION_COOKIE })
  @ApiProblems(...CHANGES_STATE, ...ofState('version_conflict'))
  async end(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    const presented = this.cookie.read(request);
    if (presented !== undefined) {
      await this.sessions.end(presented.id, this.precondition(request, presented.id));
    }
    // To be without a session is what was asked for, so there is no 404.
    this.cookie.clear(request, reply);
  }

  @Post('rotate')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Move the session to a new id, as when its owner gains rights; the old one is dead at once',
  })
  @TakesIdempotencyKey()
  @NeedsSession()
  @ApiOkResponse({ standardSchema: shown, headers: ANSWER_HEADERS })
  @ApiProblems(NOT_FOUND, ...CHANGES_STATE)
  async rotate(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Shown> {
    const { id } = this.presented(request);
    const rotated = this.live(await this.sessions.rotate(id, rotationToken(request)));
    this.cookie.issue(request, reply, rotated.id);
    return this.answer(reply, rotated);
  }

  /** Undefined where nothing is asked of the version: `If-Match: *` asks for a session, and without one there is a 404. */
  private precondition({ headers }: FastifyRequest, id: string): ChangeOptions | undefined {
    const { only, never } = conditionsOf(headers);
    if ((only === undefined || only === '*') && never === undefined) return undefined;
    return preconditionOf({ only, never }, versionIn(publicSessionId(id)));
  }

  private presented(request: FastifyRequest): PresentedSession {
    const presented = this.cookie.read(request);
    if (presented === undefined) throw sessionNotFound();
    return presented;
  }

  private live(found: Session | undefined): Session {
    if (found === undefined) throw sessionNotFound();
    return found;
  }

  private answer(reply: FastifyReply, found: Session): Shown {
    void reply.header('etag', sessionEtag(found));
    return {
      session_id: found.publicId,
      fields: found.data,
      count: found.count,
      version: found.version,
      created_at: new Date(found.createdAtMs).toISOString(),
      expires_in_ms: found.ttlMs,
      ends_in_ms: found.endsInMs,
      served_by: this.identity.name,
    };
  }
}
