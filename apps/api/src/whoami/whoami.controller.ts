import { DATA_PATTERN, type DataReply, type Whoami, whoami } from '@nestfleet/contracts';
import { Controller, Get, Header } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { randomInt } from 'node:crypto';
import { ApiIdentity } from '../identity.provider.ts';
import { MayBeLimited } from '../limits/may-be-limited.ts';

@Controller()
@ApiTags('whoami')
@MayBeLimited()
export class WhoamiController {
  constructor(private readonly identity: ApiIdentity) {}

  @Get('whoami')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Which replica answers' })
  @ApiOkResponse({ standardSchema: whoami })
  whoami(): Whoami {
    const { name, hostname, instanceId, pid, version } = this.identity;
    return {
      served_by: name,
      hostname,
      instance_id: instanceId,
      pid,
      version,
      uptime_ms: Math.round(process.uptime() * 1_000),
    };
  }

  /** The gateway's TCP message: some data, and who gave it. */
  @MessagePattern(DATA_PATTERN)
  data(): DataReply {
    return { data: randomInt(10_000_000, 100_000_000), data_pid: this.identity.pid, data_instance: this.identity.name };
  }
}
