import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { FleetState } from '@nestfleet/contracts';
import { drain } from './drain.ts';

const dir = mkdtempSync(join(tmpdir(), 'nestfleet-drain-'));
afterAll(() => rmSync(dir, { recursive: true }));

const replica = (name: string, control: number | null) => ({
  service: 'api',
  slot: '1',
  name,
  pid: 1,
  started_at_ms: 1,
  instance_id: control === null ? null : 'api-1-1',
  ports: { http: null, rpc: null, control, metrics: null },
  state: control === null ? ('starting' as const) : ('ready' as const),
  restarts: 0,
});
const state: FleetState = {
  schema: 1,
  supervisor: { pid: 1, started_at_ms: 1 },
  namespace: 'nf',
  public_url: null,
  servers: [],
  replicas: [replica('api-10', 1), replica('api-2', null)],
};

const of = (instance: string, stackDir = dir): Promise<void> =>
  drain({ stackDir, print: () => undefined }, { name: 'drain', instance });

describe('drain', () => {
  it('needs a fleet', async () => {
    await expect(of('api-2', join(dir, 'none'))).rejects.toMatchObject({ code: 'not_running' });
    await expect(of('api-2')).rejects.toMatchObject({ code: 'not_running' });
  });

  it('names the replicas that there are, and says why one cannot be asked', async () => {
    writeFileSync(join(dir, 'fleet.json'), JSON.stringify(state));
    await expect(of('api-3')).rejects.toThrow('no such replica: api-3; there are api-2, api-10');
    await expect(of('')).rejects.toThrow('no such replica: (none)');
    await expect(of('api-2')).rejects.toMatchObject({ code: 'refused', message: 'api-2 is starting' });
  });
});
