import { describe, expect, it } from '@jest/globals';
import type { ServiceName } from '@nestfleet/contracts';
import { becameReady, ended, stopping, initialLifecycle, started, type Lifecycle } from './lifecycle.ts';
import { plan, type Member } from './plan.ts';
import { noCounts } from './services.ts';

const ready = becameReady(started(initialLifecycle), 0);
const crashed = ended(ready, { how: 'exit', code: 1, signal: null }, 1_000, 0);
const member = (slot: number, lifecycle: Lifecycle = ready, service: ServiceName = 'api'): Member => ({
  service,
  slot,
  lifecycle,
  retiring: false,
});
const retiring = (slot: number, lifecycle: Lifecycle = ready): Member => ({
  ...member(slot, lifecycle),
  retiring: true,
});
const actionsOf = (desired: Partial<Record<ServiceName, number>>, members: readonly Member[], nowMs = 0): string[] =>
  plan({ ...noCounts, ...desired }, members, nowMs).actions.map(
    (action) => `${action.do} ${action.service}-${action.slot}`,
  );

describe('plan', () => {
  it('does nothing in the desired state', () => {
    expect(actionsOf({ api: 2 }, [member(1), member(2)])).toEqual([]);
  });

  it('starts two at a time, the api first and the gateway last', () => {
    const counts = { api: 1, 'frontend-gateway': 1, worker: 1 };
    expect(actionsOf(counts, [])).toEqual(['create api-1', 'create worker-1']);
    expect(actionsOf(counts, [member(1, started(initialLifecycle))])).toEqual(['create worker-1']);
    expect(actionsOf(counts, [member(1), member(1, ready, 'worker')])).toEqual(['create frontend-gateway-1']);
  });

  it('stops the highest slots, all at once', () => {
    const five = [3, 1, 5, 2, 4].map((slot) => member(slot));
    expect(actionsOf({ api: 2 }, five)).toEqual(['stop api-5', 'stop api-4', 'stop api-3']);
  });

  it('fills the gaps first, but not the slot of one that still shuts down', () => {
    expect(actionsOf({ api: 3 }, [member(1), member(3)])).toEqual(['create api-2']);
    expect(actionsOf({ api: 3 }, [member(1), member(2, stopping(ready)), member(3)])).toEqual(['create api-4']);
    expect(actionsOf({ api: 3 }, [member(1), member(2, { ...ready, phase: 'gone' }), member(3)])).toEqual([
      'create api-2',
    ]);
  });

  it('restarts a crashed one in its slot when its time has come, and says when to check again', () => {
    const members = [member(1), member(2, crashed)];
    expect(plan({ ...noCounts, api: 2 }, members, 1_100)).toEqual({ actions: [], recheckAtMs: 1_200 });
    expect(actionsOf({ api: 2 }, members, 1_200)).toEqual(['restart api-2']);
  });

  it('counts one that backs off among those that are there', () => {
    expect(actionsOf({ api: 1 }, [member(1), member(2, crashed)], 5_000)).toEqual(['stop api-2']);
  });

  describe('of a rolling restart', () => {
    it('starts one successor in the slot of the lowest, and nothing else until it is ready', () => {
      const all = [retiring(1), retiring(2), retiring(3)];
      expect(actionsOf({ api: 3 }, all)).toEqual(['create api-1']);
      expect(actionsOf({ api: 3 }, [...all, member(1, started(initialLifecycle))])).toEqual([]);
      expect(actionsOf({ api: 3 }, [...all, member(1, crashed)], 9_999)).toEqual(['restart api-1']);
    });

    it('stops the old one once its successor is ready, and waits for its end', () => {
      const rest = [retiring(2), member(1)];
      expect(plan({ ...noCounts, api: 2 }, [retiring(1), ...rest], 0).actions).toEqual([
        { do: 'stop', service: 'api', slot: 1, retiring: true },
      ]);
      expect(actionsOf({ api: 2 }, [retiring(1, stopping(ready)), ...rest])).toEqual([]);
      expect(actionsOf({ api: 2 }, rest)).toEqual(['create api-2']);
      expect(actionsOf({ api: 2 }, [member(1), member(2)])).toEqual([]);
    });

    it('counts a slot once, and stops both of a surplus slot', () => {
      const both = [retiring(2), member(2)];
      expect(actionsOf({ api: 2 }, [member(1), ...both, retiring(3)])).toEqual(['stop api-3', 'stop api-2']);
      expect(actionsOf({ api: 1 }, [member(1), ...both])).toEqual(['stop api-2', 'stop api-2']);
    });

    it('restarts one that crashes before its turn', () => {
      expect(
        actionsOf({ api: 2 }, [retiring(1), member(1, started(initialLifecycle)), retiring(2, crashed)], 9_999),
      ).toEqual(['restart api-2']);
    });
  });
});
