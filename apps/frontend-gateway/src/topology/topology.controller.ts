import { type Topology, SERVICE_NAMES, topology } from '@nestfleet/contracts';
import type { Discovery } from '@nestfleet/discovery';
import { InjectDiscovery } from '@nestfleet/discovery/nest';
import { Controller, Get, Header, type OnModuleInit } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Describer } from './describer.ts';
import { Reports } from './reports.ts';
import { toTopology } from './topology.ts';

@ApiTags('topology')
@Controller('topology')
export class TopologyController implements OnModuleInit {
  private readonly reports = new Reports(Date.now);

  constructor(
    @InjectDiscovery() private readonly discovery: Discovery,
    private readonly describer: Describer,
  ) {}

  /** Watches begin at boot: one that began with the first question would answer it with an empty set. */
  onModuleInit(): void {
    for (const name of SERVICE_NAMES) this.discovery.upstreams.of(name);
  }

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'What is running, as this gateway sees it in the catalog, and what each instance says of itself',
  })
  @ApiOkResponse({ standardSchema: topology })
  topology(): Topology {
    const views = SERVICE_NAMES.map((name) => ({ name, snapshot: this.discovery.upstreams.of(name).instances() }));
    this.reports.want(this.describer.reportersOf(views.flatMap(({ snapshot }) => snapshot.instances)));
    return toTopology(views, (id) => this.reports.of(id));
  }
}
