import { describe, expect, it } from '@jest/globals';
import type { ServiceName } from '@nestfleet/contracts';
import { becameReady, ended, leaving, newborn, started, type Life } from './life.ts';
import { plan, type Member } from './plan.ts';
import { noCounts } from './services.ts';

const ready = becameReady(started(newborn), 0);
const crashed = ended(ready, { how: 'exit', code: 1, signal: null }, 1_000, 0);
const member = (slot: number, life: Life = ready, service: ServiceName = 'api'): Member => ({
  service,
  slot,
  life,
  retiring: false,
});
const retiring = (slot: number, life: Life = ready): Member => ({ ...member(slot, life), retiring: true });
const words = (desired: Partial<Record<ServiceName, number>>, members: readonly Member[], nowMs = 0): string[] =>
  plan({ ...noCounts, ...desired }, members, nowMs).actions.map(
    (action) => `${action.do} ${action.service}-${action.slot}`,
  );

describe('plan', () => {
  it('does nothing when all is as it shall be', () => {
    expect(words({ api: 2 }, [member(1), member(2)])).toEqual([]);
  });

  it('starts two at a time, the api first and the front door last', () => {
    const counts = { api: 1, 'frontend-gateway': 1, worker: 1 };
    expect(words(counts, [])).toEqual(['create api-1', 'create worker-1']);
    expect(words(counts, [member(1, started(newborn))])).toEqual(['create worker-1']);
    expect(words(counts, [member(1), member(1, ready, 'worker')])).toEqual(['create frontend-gateway-1']);
  });

  it('lets the highest slots leave, all at once', () => {
    const five = [3, 1, 5, 2, 4].map((slot) => member(slot));
    expect(words({ api: 2 }, five)).toEqual(['leave api-5', 'leave api-4', 'leave api-3']);
  });

  it('fills the gaps first, but not the slot of one that is still leaving', () => {
    expect(words({ api: 3 }, [member(1), member(3)])).toEqual(['create api-2']);
    expect(words({ api: 3 }, [member(1), member(2, leaving(ready)), member(3)])).toEqual(['create api-4']);
    expect(words({ api: 3 }, [member(1), member(2, { ...ready, phase: 'gone' }), member(3)])).toEqual(['create api-2']);
  });

  it('restarts a crashed one in its slot when its time has come, and says when to look again', () => {
    const members = [member(1), member(2, crashed)];
    expect(plan({ ...noCounts, api: 2 }, members, 1_100)).toEqual({ actions: [], lookAgainAtMs: 1_200 });
    expect(words({ api: 2 }, members, 1_200)).toEqual(['restart api-2']);
  });

  it('counts one that backs off among those that are there', () => {
    expect(words({ api: 1 }, [member(1), member(2, crashed)], 5_000)).toEqual(['leave api-2']);
  });

  describe('of a rolling restart', () => {
    it('starts one successor in the slot of the lowest, and nothing else until it is ready', () => {
      const all = [retiring(1), retiring(2), retiring(3)];
      expect(words({ api: 3 }, all)).toEqual(['create api-1']);
      expect(words({ api: 3 }, [...all, member(1, started(newborn))])).toEqual([]);
      expect(words({ api: 3 }, [...all, member(1, crashed)], 9_999)).toEqual(['restart api-1']);
    });

    it('lets the old one leave once its successor is ready, and waits for its end', () => {
      const rest = [retiring(2), member(1)];
      expect(plan({ ...noCounts, api: 2 }, [retiring(1), ...rest], 0).actions).toEqual([
        { do: 'leave', service: 'api', slot: 1, retiring: true },
      ]);
      expect(words({ api: 2 }, [retiring(1, leaving(ready)), ...rest])).toEqual([]);
      expect(words({ api: 2 }, rest)).toEqual(['create api-2']);
      expect(words({ api: 2 }, [member(1), member(2)])).toEqual([]);
    });

    it('counts a slot once, and lets both of a surplus slot leave', () => {
      const both = [retiring(2), member(2)];
      expect(words({ api: 2 }, [member(1), ...both, retiring(3)])).toEqual(['leave api-3', 'leave api-2']);
      expect(words({ api: 1 }, [member(1), ...both])).toEqual(['leave api-2', 'leave api-2']);
    });

    it('restarts one that crashes before its turn', () => {
      expect(words({ api: 2 }, [retiring(1), member(1, started(newborn)), retiring(2, crashed)], 9_999)).toEqual([
        'restart api-2',
      ]);
    });
  });
});
