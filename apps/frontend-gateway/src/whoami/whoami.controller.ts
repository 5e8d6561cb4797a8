import { DATA_PATTERN, type DataReply, dataReply, type GatewayWhoami, gatewayWhoami } from '@nestfleet/contracts';
import { DiscoveredClient } from '@nestfleet/discovery/nest';
import type { Identity } from '@nestfleet/service-defaults';
import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

export const IDENTITY = Symbol('identity of this gateway');

/** For the message and its reply together, all attempts included. */
const DATA_DEADLINE_MS = 1_000;

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
  async whoami(): Promise<GatewayWhoami> {
    const reply = await this.api.send<DataReply>(DATA_PATTERN, {}, { deadlineMs: DATA_DEADLINE_MS });
    return { web_pid: this.identity.pid, web_instance: this.identity.name, data: dataReply.parse(reply) };
  }
}
