import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { OutboxStore } from '../outbox.ts';
import { InjectOutbox, OutboxModule } from './outbox.module.ts';

@Injectable()
class Orders {
  constructor(@InjectOutbox() readonly outbox: OutboxStore<string>) {}
}

describe('OutboxModule', () => {
  it('gives every module the outbox it was registered with', async () => {
    const outbox = { schema: '' } as OutboxStore<string>;
    const imports = [OutboxModule.register(outbox)];
    const app = await Test.createTestingModule({ imports, providers: [Orders] }).compile();
    expect(app.get(Orders).outbox).toBe(outbox);
  });
});
