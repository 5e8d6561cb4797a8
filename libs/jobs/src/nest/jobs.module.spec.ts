import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { Jobs } from '../jobs.ts';
import { InjectJobs, JobsModule } from './jobs.module.ts';

@Injectable()
class Desk {
  constructor(@InjectJobs() readonly jobs: Jobs) {}
}

describe('JobsModule', () => {
  it('gives every module the jobs it was registered with', async () => {
    const jobs = { ping: async () => 1 } as Jobs;
    const app = await Test.createTestingModule({ imports: [JobsModule.register(jobs)], providers: [Desk] }).compile();
    expect(app.get(Desk).jobs).toBe(jobs);
  });
});
