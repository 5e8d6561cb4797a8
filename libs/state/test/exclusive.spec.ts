import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Injectable, Post, Query } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { until } from '@nestfleet/timing';
import type { State } from '../src/index.ts';
import { Exclusive, heldLease, StateModule } from '../src/nest.ts';
import { openMemoryState } from '../src/testing.ts';
import { WITHIN_MS } from './servers.ts';
import { Gate } from './session-apps.ts';

const gate = new Gate();
const tokens: number[] = [];

@Injectable()
class Settlements {
  @Exclusive('settle', { key: (account: string) => account })
  async settle(account: string, more?: string): Promise<string> {
    tokens.push(heldLease().fencingToken);
    await gate.pass();
    return `${account} ${more}`;
  }

  @Exclusive('report', { waitMs: 20_000 })
  async report(): Promise<number> {
    await gate.pass();
    return heldLease().fencingToken;
  }

  @Exclusive('outer')
  async outer(): Promise<number[]> {
    const before = heldLease().fencingToken;
    const inner = await this.inner();
    return [before, inner, heldLease().fencingToken];
  }

  @Exclusive('inner')
  async inner(): Promise<number> {
    return heldLease().fencingToken;
  }

  @Exclusive('fails')
  async fails(): Promise<never> {
    throw new RangeError('no money');
  }
}

@Controller()
class SettlementsController {
  private readonly settlements: Settlements;
  constructor(settlements: Settlements) {
    this.settlements = settlements;
  }

  @Post('above')
  @Exclusive('above')
  above(@Query('account') account: string): Promise<string> {
    return this.settlements.settle(account);
  }

  @Exclusive('below')
  @Post('below')
  async below(): Promise<string> {
    return 'below';
  }
}

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  gate.letGo();
  for (const end of ends.splice(0)) await end();
  tokens.length = 0;
});

/** One replica. */
async function replica(state: State) {
  const module = await Test.createTestingModule({
    imports: [StateModule.forRoot({ state })],
    providers: [Settlements],
    controllers: [SettlementsController],
  }).compile();
  const app = module.createNestApplication(new FastifyAdapter(), { logger: false });
  ends.push(() => app.close());
  await app.listen(0, '127.0.0.1');
  return { settlements: app.get(Settlements), url: await app.getUrl() };
}

describe('@Exclusive()', () => {
  it('runs once at a time for a key, on whatever replica, and refuses the others', async () => {
    const state = openMemoryState();
    const [one, two] = [await replica(state), await replica(state)];
    const first = one.settlements.settle('ann', 'now');
    await until(() => gate.waiting === 1, WITHIN_MS);
    await expect(two.settlements.settle('ann')).rejects.toMatchObject({ code: 'lease_held', status: 409 });
    const other = two.settlements.settle('ben');
    await until(() => gate.waiting === 2, WITHIN_MS);
    gate.letGo();
    expect(await Promise.all([first, other])).toEqual(['ann now', 'ben undefined']);
    const again = two.settlements.settle('ann');
    await until(() => gate.waiting === 1, WITHIN_MS);
    gate.letGo();
    await again;
    expect(tokens).toHaveLength(3);
    expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
  });

  it('waits for the one before where it is told to', async () => {
    const state = openMemoryState();
    const [one, two] = [await replica(state), await replica(state)];
    const both = [one.settlements.report(), two.settlements.report()];
    await until(() => gate.waiting === 1, WITHIN_MS);
    gate.letGo();
    await until(() => gate.waiting === 1, WITHIN_MS);
    gate.letGo();
    const [a = 0, b = 0] = await Promise.all(both);
    expect(a).not.toBe(b);
  });

  it('gives each method its own lease, and nobody else any', async () => {
    const { settlements } = await replica(openMemoryState());
    const [before = 0, inner = 0, after] = await settlements.outer();
    expect(inner).toBeGreaterThan(before);
    expect(after).toBe(before);
    expect(() => heldLease()).toThrow('outside of a method with @Exclusive()');
  });

  it('is free again after a fault, which it passes on', async () => {
    const { settlements } = await replica(openMemoryState());
    await expect(settlements.fails()).rejects.toThrow(RangeError);
    await expect(settlements.fails()).rejects.toThrow(RangeError);
  });

  it('is for handlers of HTTP, above its route and below it; who comes beside is answered 409', async () => {
    const { url } = await replica(openMemoryState());
    expect(await (await fetch(`${url}/below`, { method: 'POST' })).text()).toBe('below');
    const ask = () => fetch(`${url}/above?account=ann`, { method: 'POST' });
    const first = ask();
    await until(() => gate.waiting === 1, WITHIN_MS);
    const beside = await ask();
    expect([beside.status, await beside.json()]).toMatchObject([409, { errorCode: 'lease_held' }]);
    gate.letGo();
    expect(await (await first).text()).toBe('ann undefined');
  });

  it('refuses a lease that cannot be, and what Nest has not made', async () => {
    expect(() => Exclusive('x', { ttlMs: 1 })).toThrow(expect.objectContaining({ code: 'invalid_lease' }));
    await expect(new Settlements().fails()).rejects.toThrow("@Exclusive('fails') is for what Nest has made");
    await expect(Test.createTestingModule({ providers: [Settlements] }).compile()).rejects.toThrow(
      'nestfleet:state-leases',
    );
  });
});
