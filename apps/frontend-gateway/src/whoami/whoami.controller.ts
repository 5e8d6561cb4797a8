import { DATA_PATTERN, dataReply, type GatewayWhoami, gatewayWhoami } from '@nestfleet/contracts';
import { DiscoveredClient } from '@nestfleet/discovery/nest';
import { ApiProblems, type Identity, ProblemError, remainingMs } from '@nestfleet/service';
import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

export const IDENTITY = Symbol('identity of this gateway');

/** For the message and its reply, all attempts together; less where the caller waits less. */
const DATA_DEADLINE_MS = 1_000;
/** A replica that hangs costs this much, and another one is asked. */
const DATA_ATTEMPT_MS = 400;
/** The message only reads, so a replica that has just died costs another attempt and no error. */
const DATA_ATTEMPTS = 3;

/** One page, two processes: this one, and an api replica found by name and chosen at random. */
@ApiTags('whoami')
@Controller('whoami')
export class WhoamiController {
  constructor(
    @Inject(IDENTITY) private readonly identity: Identity,
    @Inject(DiscoveredClient) private readonly api: DiscoveredClient,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'This gateway, and data that a randomly chosen api replica sent over TCP' })
  @ApiOkResponse({ standardSchema: gatewayWhoami })
  @ApiProblems(
    { status: 503, code: 'no_instance', meaning: 'no healthy api replica is known' },
    { status: 503, code: 'upstream_failed', meaning: 'no api replica that was asked gave the data' },
    { status: 504, code: 'upstream_timeout', meaning: 'no api replica answered in time' },
  )
  async whoami(): Promise<GatewayWhoami> {
    const reply: unknown = await this.api.send(
      DATA_PATTERN,
      {},
      { deadlineMs: Math.min(DATA_DEADLINE_MS, remainingMs()), attemptMs: DATA_ATTEMPT_MS, attempts: DATA_ATTEMPTS },
    );
    const parsed = dataReply.safeParse(reply);
    if (!parsed.success)
      throw new ProblemError({
        status: 503,
        code: 'upstream_failed',
        title: 'A replica failed',
        detail: 'The api replica sent data of another shape',
      });
    return { web_pid: this.identity.pid, web_instance: this.identity.name, data: parsed.data };
  }
}
