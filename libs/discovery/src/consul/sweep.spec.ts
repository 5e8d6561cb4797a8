import { describe, expect, it } from '@jest/globals';
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

function on(node: string, id = own): ConsulHealthEntry {
  return {
    Node: { Node: node, Address: '127.0.0.1' },
    Service: { ID: id, Service: 'api', Address: '127.0.0.1', Port: 1, Tags: [], Meta: {} },
    Checks: [{ CheckID: `service:${id}`, Status: 'passing', Node: node }],
  };
}

/** A sweep by a replica whose agent is node `here`; what was asked of Consul, and what came of it. */
async function swept(listed: ConsulHealthEntry[], orphans: readonly string[] = [], known = true) {
  const asked: string[] = [];
  const patterns: string[] = [];
  const access: SlotAccess = {
    own: async () => (known ? on('here') : undefined),
    async listed(pattern) {
      patterns.push(pattern);
      return listed;
    },
    deregisterHere: async (id) => asked.push(`here ${id}`),
    deregisterAtOthers: async (id) => void asked.push(`elsewhere ${id}`),
    forget: async (node, id) => void asked.push(`forget ${node} ${id}`),
  };
  const result = await sweepSlot(access, entry, async ({ id }) => orphans.includes(id));
  return { asked, result, pattern: new RegExp(patterns[0] ?? '') };
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
    ['the catalog does not list our own entry yet', [on('there')], true],
    ['our agent does not know it', [on('there'), on('here')], false],
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
    expect(asked).toEqual([`here ${earlier}`, `elsewhere ${earlier}`, `forget there ${earlier}`]);
    expect(result).toEqual({ removed: [earlier, earlier], settled: false });
    await expect(swept([on('here'), on('here', earlier)])).resolves.toMatchObject({
      asked: [],
      result: { settled: false },
    });
  });

  it('asks for its own slot only', async () => {
    const { pattern } = await swept([on('here')]);
    for (const id of [own, earlier]) expect(pattern.test(id)).toBe(true);
    for (const id of ['api-ax1-200', 'api-a.1-2-200', 'api-a.1-', 'x-api-a.1-200'])
      expect(pattern.test(id)).toBe(false);
  });
});
