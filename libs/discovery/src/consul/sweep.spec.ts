import { describe, expect, it } from '@jest/globals';
import type { StaleCandidate } from '../catalog.ts';
import { entryOf } from '../registration/service-definition.ts';
import type { ConsulHealthEntry } from './health-entry.ts';
import { sweepSlot, type SlotAccess } from './sweep.ts';

const entry = entryOf({
  service: 'api',
  slot: 'a.1',
  epoch: 200,
  version: '1',
  instanceName: 'api-1',
  address: '127.0.0.1',
  port: 3000,
  ports: { rpc: null, control: null, metrics: null },
});
const own = 'api-a.1-200';
const earlier = 'api-a.1-100';
const refused = 'api-a.1-50';
const kept = 'api-a.1-40';

function on(node: string, id = own, Status = 'passing'): ConsulHealthEntry {
  return {
    Node: { Node: node, Address: '127.0.0.1' },
    Service: { ID: id, Service: 'api', Address: '127.0.0.1', Port: 1, Tags: [], Meta: {} },
    Checks: [{ CheckID: `service:${id}`, Status, Node: node }],
  };
}

/** A sweep by a replica whose agent is node `here`, and knows these; what was asked of Consul, and what came of it. */
async function swept(listed: ConsulHealthEntry[], orphans: readonly string[] = [], known = [own, earlier]) {
  const asked: string[] = [];
  const patterns: string[] = [];
  const candidates: StaleCandidate[] = [];
  const access: SlotAccess = {
    atAgent: async (id) => (known.includes(id) ? on('here', id, 'critical') : undefined),
    async listed(pattern) {
      patterns.push(pattern);
      return listed;
    },
    async deregisterHere(id) {
      if (id === refused) throw new Error('refused');
      asked.push(`here ${id}`);
    },
    deregisterAtOthers: async (id) => void asked.push(`elsewhere ${id}`),
    forget: async (node, id) => {
      asked.push(`forget ${node} ${id}`);
      return id !== kept;
    },
  };
  const result = await sweepSlot(access, entry, async (candidate) => {
    candidates.push(candidate);
    return orphans.includes(candidate.id);
  });
  return { asked, candidates, result, pattern: new RegExp(patterns[0] ?? '') };
}

describe('sweepSlot', () => {
  it('is settled with one entry, and asks nothing more', async () => {
    const { asked, result } = await swept([on('here')]);
    expect(result).toEqual({ removed: [], settled: true });
    expect(asked).toEqual([]);
  });

  it('takes a copy from the other agents, and from the catalog for a node that is gone', async () => {
    const { asked, result } = await swept([on('there'), on('here')]);
    expect(asked).toEqual([`elsewhere ${own}`, `forget there ${own}`]);
    expect(result).toEqual({ removed: [own], settled: false });
  });

  it.each([
    ['the catalog does not list our own entry yet', [on('there')], [own]],
    ['our agent does not know it', [on('there'), on('here')], []],
  ])('leaves a copy while %s: it is all that callers see of us', async (_, listed, known) => {
    const { asked, result } = await swept(listed, [], known);
    expect(asked).toEqual([]);
    expect(result).toEqual({ removed: [], settled: false });
  });

  it('takes orphans where they live, and leaves an earlier run that is none', async () => {
    const { asked, result } = await swept(
      [on('here'), on('here', earlier), on('there', earlier), on('there', 'api-a.1-150')],
      [earlier],
    );
    expect(asked.toSorted()).toEqual([`elsewhere ${earlier}`, `forget there ${earlier}`, `here ${earlier}`]);
    expect(result).toEqual({ removed: [earlier, earlier], settled: false });
    await expect(swept([on('here'), on('here', earlier)])).resolves.toMatchObject({
      asked: [],
      result: { settled: false },
    });
  });

  it('does not report what its token may not remove', async () => {
    const { asked, result } = await swept([on('here'), on('there', kept)], [kept]);
    expect(asked).toEqual([`elsewhere ${kept}`, `forget there ${kept}`]);
    expect(result).toEqual({ removed: [], settled: false });
  });

  it('takes the word of our own agent for what is on its node, and forgets what that does not know', async () => {
    const lost = 'api-a.1-150';
    const { asked, candidates, result } = await swept(
      [on('here'), on('here', earlier), on('here', lost), on('there', 'api-a.1-120')],
      [lost],
    );
    expect(candidates.map(({ id, health, isOnOurNode, isUnknown }) => [id, health, isOnOurNode, isUnknown])).toEqual([
      ['api-a.1-120', 'passing', false, false],
      [earlier, 'critical', true, false],
      [lost, 'critical', true, true],
    ]);
    expect(asked).toEqual([`forget here ${lost}`]);
    expect(result).toEqual({ removed: [lost], settled: false });
  });

  it('goes on behind one that cannot be removed, and says why', async () => {
    const { asked, result } = await swept(
      [on('here'), on('here', refused), on('here', earlier)],
      [refused, earlier],
      [own, refused, earlier],
    );
    expect(asked).toEqual([`here ${earlier}`]);
    expect(result).toEqual({ removed: [earlier], settled: false, error: new Error('refused') });
  });

  it('asks for its own slot only', async () => {
    const { pattern } = await swept([on('here')]);
    for (const id of [own, earlier]) expect(pattern.test(id)).toBe(true);
    for (const id of ['api-ax1-200', 'api-a.1-2-200', 'api-a.1-', 'x-api-a.1-200'])
      expect(pattern.test(id)).toBe(false);
  });
});
