import { type Topology, SERVICE_NAMES, topology } from '@nestfleet/contracts';
import { type Discovery, type Instance, upstreamViews } from '@nestfleet/discovery';
import { InjectDiscovery } from '@nestfleet/discovery/nest';
import type { Identity } from '@nestfleet/service';
import { Controller, Get, Header, Inject, type OnModuleInit } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { IDENTITY } from '../whoami/whoami.controller.ts';
import { Describer } from './describer.ts';
import { ejectionsOf, type Observer } from './ejections.ts';
import { UPSTREAM_SLOTS, type UpstreamSlots } from '../proxy/upstream-slots.ts';
import { Reports } from './reports.ts';
import { nameOf, toTopology } from './topology.ts';

@ApiTags('topology')
@Controller('topology')
export class TopologyController implements OnModuleInit {
  private readonly reports = new Reports(Date.now);

  constructor(
    @InjectDiscovery() private readonly discovery: Discovery,
    private readonly describer: Describer,
    @Inject(IDENTITY) private readonly identity: Identity,
    @Inject(UPSTREAM_SLOTS) private readonly slots: UpstreamSlots,
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
    const instances = views.flatMap(({ snapshot }) => snapshot.instances);
    this.reports.want(this.describer.reportersOf(instances));
    return toTopology(views, {
      reportOf: (id) => this.reports.of(id),
      runOf: (id) => this.reports.runOf(id),
      ejectionsOf: ejectionsOf(this.observers(instances)),
      slotsOf: (id) => this.slots.usedOf(id),
    });
  }

  /** This gateway with what it sees now, then everybody with the last report. */
  private *observers(instances: readonly Instance[]): Iterable<Observer> {
    const { instanceId: id, name } = this.identity;
    yield { id, name, upstreams: upstreamViews(this.discovery.upstreams, Date.now()) };
    for (const instance of instances) {
      const upstreams = this.reports.of(instance.id)?.upstreams;
      if (upstreams) yield { id: instance.id, name: nameOf(instance), upstreams };
    }
  }
}
