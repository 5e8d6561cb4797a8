import { type Jobs } from '@nestfleet/jobs';
import { JobsModule } from '@nestfleet/jobs/nest';
import type { Identity } from '@nestfleet/service';
import type { State } from '@nestfleet/state';
import { StateModule } from '@nestfleet/state/nest';
import { type DynamicModule, Module } from '@nestjs/common';
import type { AnonymousQuota } from './caller/anonymous-quota.ts';
import { AnonymousCounters } from './counters/anonymous-counters.ts';
import { CountersController } from './counters/counters.controller.ts';
import { DiagnosticsController } from './diagnostics/diagnostics.controller.ts';
import { ApiIdentity } from './identity.provider.ts';
import { JobsService } from './jobs/jobs.service.ts';
import { JobsController } from './jobs/jobs.controller.ts';
import { OpsToken } from './caller/ops-token.ts';
import { QuickstartController } from './quickstart/quickstart.controller.ts';
import { SessionCookie } from './caller/session-cookie.ts';
import { SessionOwner } from './caller/session-owner.ts';
import { SessionsController } from './sessions/sessions.controller.ts';
import { AnonymousValues } from './values/anonymous-values.ts';
import { ValuesController } from './values/values.controller.ts';
import { VisitsController } from './visits/visits.controller.ts';
import { WhoamiController } from './whoami/whoami.controller.ts';

export interface ApiParts {
  readonly identity: Identity;
  readonly state: State;
  readonly jobs: Jobs;
  readonly opsToken: OpsToken;
  /** Of callers without a session. */
  readonly quota: AnonymousQuota;
  readonly quickstart: boolean;
  readonly diagnostics: boolean;
}

@Module({})
export class ApiModule {
  static register(parts: ApiParts): DynamicModule {
    const { identity, state, jobs, opsToken, quota, quickstart, diagnostics } = parts;
    return {
      module: ApiModule,
      imports: [StateModule.forRoot({ state }), JobsModule.forRoot({ jobs })],
      controllers: [
        VisitsController,
        SessionsController,
        WhoamiController,
        CountersController,
        ValuesController,
        JobsController,
        ...(quickstart ? [QuickstartController] : []),
        ...(diagnostics ? [DiagnosticsController] : []),
      ],
      providers: [
        { provide: ApiIdentity, useValue: new ApiIdentity(identity) },
        { provide: OpsToken, useValue: opsToken },
        {
          provide: AnonymousValues,
          inject: [SessionOwner],
          useFactory: (owner: SessionOwner) => new AnonymousValues(quota, owner),
        },
        {
          provide: AnonymousCounters,
          inject: [SessionOwner],
          useFactory: (owner: SessionOwner) => new AnonymousCounters(quota, owner),
        },
        SessionCookie,
        SessionOwner,
        JobsService,
      ],
    };
  }
}
