import {
  type DeadLetterList,
  type Enqueued,
  type Job,
  type JobList,
  type ListDeadLettersQuery,
  type ListJobsQuery,
  type PostJob,
  type RetriedJob,
  documentedDeadLetterList,
  documentedJob,
  documentedJobList,
  enqueued,
  jobId,
  listDeadLettersQuery,
  listJobsQuery,
  postJob,
  retriedJob,
} from '@nestfleet/contracts';
import type { Jobs } from '@nestfleet/jobs';
import { InjectJobs } from '@nestfleet/jobs/nest';
import { ApiProblems, ProblemError } from '@nestfleet/service';
import { hasSecretKey, idempotencyTokenOf, refuseForNow } from '@nestfleet/state';
import { Body, Controller, Delete, Get, Header, Headers, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ENQUEUES, MayBeOperator, MayHaveSession, READS_STATE, ofJobs } from '../documented-answers.ts';
import { TakesIdempotencyKey } from '../idempotency/takes-idempotency-key.ts';
import { MayBeLimited } from '../limits/may-be-limited.ts';
import { SessionOwner } from '../caller/session-owner.ts';
import { JobsService } from './jobs.service.ts';
import { OpsToken } from '../caller/ops-token.ts';

const jobNotFound = (id: string): ProblemError =>
  new ProblemError({
    status: 404,
    code: 'job_not_found',
    title: 'No such job',
    detail: `No job "${id}" that you may see`,
  });

const jobExpired = (id: string): ProblemError =>
  new ProblemError({
    status: 410,
    code: 'job_expired',
    title: 'The job is no longer here',
    detail: `Job "${id}" has ended, and is past its retention`,
  });

@Controller('jobs')
@ApiTags('jobs')
@MayBeLimited()
export class JobsController {
  constructor(
    private readonly service: JobsService,
    private readonly owner: SessionOwner,
    private readonly opsToken: OpsToken,
    @InjectJobs() private readonly jobs: Jobs,
  ) {}

  @Post()
  @HttpCode(202)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Enqueue a job; a worker runs it',
    description:
      'A job belongs to the session of its caller, and only that session sees it. A job of a caller without a session is ' +
      'seen by whoever knows its id. Ask for its state with `GET /jobs/{id}`.',
  })
  @MayHaveSession()
  @TakesIdempotencyKey()
  @ApiAcceptedResponse({ standardSchema: enqueued })
  @ApiProblems(...READS_STATE, ...ofJobs('payload_too_large', ...ENQUEUES, 'idempotency_token_reused'))
  async post(@Body({ schema: postJob }) body: PostJob, @Req() request: FastifyRequest): Promise<Enqueued> {
    const idempotencyToken = idempotencyTokenOf(request);
    return this.service.enqueue(body, {
      owner: await this.owner.of(request),
      requestId: request.id,
      idempotencyToken,
      // Whoever knows the id of a job without an owner may read it, so only a key that is as random becomes one; behind any other
      // key stands a random id.
      id: hasSecretKey(request) ? idempotencyToken : undefined,
    });
  }

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: "This session's jobs, newest first" })
  @MayHaveSession()
  @ApiOkResponse({ standardSchema: documentedJobList })
  @ApiProblems(...READS_STATE, ...ofJobs('jobs_unavailable'))
  async list(
    @Query({ schema: listJobsQuery }) { limit }: ListJobsQuery,
    @Req() request: FastifyRequest,
  ): Promise<JobList> {
    const owner = await this.owner.of(request);
    return { jobs: owner === undefined ? [] : [...(await this.jobs.list(owner, limit))] };
  }

  @Get('dead-letters')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Jobs that have failed because workers died with them alone, newest first, a page at a time',
    description:
      "This session's; with the token of the fleet those of all. `next_cursor` of a page asks for the next one until it is null; a " +
      'page may be empty before that. `POST /jobs/{id}/retry` puts one back.',
  })
  @MayHaveSession()
  @MayBeOperator()
  @ApiOkResponse({ standardSchema: documentedDeadLetterList })
  @ApiProblems(...READS_STATE, ...ofJobs('jobs_unavailable', 'invalid_cursor'))
  async deadLetters(
    @Query({ schema: listDeadLettersQuery }) query: ListDeadLettersQuery,
    @Req() request: FastifyRequest,
    @Headers('authorization') authorization?: string,
  ): Promise<DeadLetterList> {
    const isOperator = this.opsToken.isIn(authorization);
    const owner = isOperator ? undefined : await this.owner.of(request);
    if (!isOperator && owner === undefined) return { jobs: [], next_cursor: null };
    const page = await this.jobs.deadLetters({ ...query, owner });
    return { jobs: page.jobs.map(({ job }) => job), next_cursor: page.nextCursor ?? null };
  }

  @Get(':id')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'State, progress and result of a job' })
  @MayHaveSession()
  @MayBeOperator()
  @ApiOkResponse({ standardSchema: documentedJob })
  @ApiProblems(...READS_STATE, ...ofJobs('job_not_found', 'job_expired', 'jobs_unavailable'))
  async find(
    @Param('id', { schema: jobId }) id: string,
    @Req() request: FastifyRequest,
    @Headers('authorization') authorization?: string,
  ): Promise<Job> {
    return this.visible(id, request, authorization);
  }

  @Post(':id/retry')
  @HttpCode(202)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Put a failed job back into its queue, with all its attempts',
    description:
      'A dead letter, or any other job that has failed. Sent again it does no harm: while the job waits or runs the answer is ' +
      '409, and with the same Idempotency-Key it is put back once, also where it has failed again meanwhile.',
  })
  @MayHaveSession()
  @MayBeOperator()
  @TakesIdempotencyKey()
  @ApiAcceptedResponse({ standardSchema: retriedJob })
  @ApiProblems(
    ...READS_STATE,
    ...ofJobs(
      'job_not_found',
      'job_expired',
      'job_not_failed',
      'jobs_unavailable',
      'jobs_writes_refused',
      'jobs_outcome_unknown',
    ),
  )
  async retry(
    @Param('id', { schema: jobId }) id: string,
    @Req() request: FastifyRequest,
    @Headers('authorization') authorization?: string,
  ): Promise<RetriedJob> {
    // A job that runs may fail, and whoever forgot the token of the fleet sends it.
    refuseForNow(request);
    const job = await this.visible(id, request, authorization);
    return this.service.retry(job, idempotencyTokenOf(request));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Cancel a job',
    description:
      'A job that waits is taken out at once. The worker of one that runs is told: it ends as `cancelled` a few seconds later, ' +
      'unless its handler completes it in its last moments.',
  })
  @MayHaveSession()
  @MayBeOperator()
  @ApiNoContentResponse({ description: 'It is cancelled: no worker will run it' })
  @ApiAcceptedResponse({ description: 'A worker runs it, and is told; ask for its state with `GET /jobs/{id}`' })
  @ApiProblems(
    ...READS_STATE,
    ...ofJobs(
      'job_not_found',
      'job_expired',
      'job_finished',
      'jobs_unavailable',
      'jobs_writes_refused',
      'jobs_outcome_unknown',
    ),
  )
  async cancel(
    @Param('id', { schema: jobId }) id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('authorization') authorization?: string,
  ): Promise<void> {
    await this.visible(id, request, authorization);
    if ((await this.jobs.cancel(id)) === 'requested') void reply.code(202);
  }

  /** A job of another session looks like none. One that nobody owns is known only to who holds its random id. */
  private async visible(id: string, request: FastifyRequest, authorization: string | undefined): Promise<Job> {
    const mayBeSeen = async (owner: string | null): Promise<boolean> =>
      owner === null || this.opsToken.isIn(authorization) || owner === (await this.owner.of(request));
    const found = await this.jobs.find(id);
    if (found) {
      if (await mayBeSeen(found.owner)) return found.job;
      throw jobNotFound(id);
    }
    const expired = await this.jobs.expired(id);
    throw expired && (await mayBeSeen(expired.owner)) ? jobExpired(id) : jobNotFound(id);
  }
}
