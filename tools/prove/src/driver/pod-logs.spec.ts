import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Kubectl } from './kubectl.ts';
import { PodLogs } from './pod-logs.ts';

let folder: string;
let logs: PodLogs;

/** The kubectl of the test prints what it is asked for, and knows no pod `b`; the log of `long` has no end. */
const SCRIPT = `#!/bin/sh
shift 3
case "$*" in *'--follow long') echo begun; exec sleep 600 ;; *b) echo begun; echo 'pods "b" not found' >&2; exit 1 ;; esac
echo "$*"
`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nestfleet-kubectl-'));
  const program = join(folder, 'kubectl');
  writeFileSync(program, SCRIPT, { mode: 0o755 });
  logs = new PodLogs(new Kubectl({ kubeconfig: '/none', context: 'none', program }, 'ns'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const pod = (name: string, service = 'api', restarts = 0) => ({ name, service, restarts });

describe('what pods have written', () => {
  it('is there also of those that are gone, where they were followed before', async () => {
    logs.follow([pod('a'), pod('w', 'worker')]);
    expect(await logs.read([pod('c', 'api', 1)], 'api')).toEqual(
      new Map([
        ['a', 'logs --follow a\n'],
        ['c', 'logs c --previous\nlogs c\n'],
      ]),
    );
    expect([...(await logs.read([])).keys()]).toEqual(['a', 'w']);
  });

  it('is as it is now of one that was followed and is still there', async () => {
    logs.follow([pod('a')]);
    expect(await logs.read([pod('a')])).toEqual(new Map([['a', 'logs a\n']]));
  });

  it('is read no longer than that is of use', async () => {
    logs.follow([pod('long')]);
    logs.follow([pod('long')]);
    logs.end();
    expect((await logs.read([])).get('long')).toMatch(/COULD NOT BE READ: .*abort/);
  });

  it('says what could not be read', async () => {
    const fault = 'pods "b" not found';
    const told = (await logs.read([pod('b')])).get('b');
    expect(told).toMatch(/^COULD NOT BE READ: /);
    expect(told).toContain(fault);
    logs.follow([pod('b')]);
    expect((await logs.read([])).get('b')).toBe(`begun\n\nCOULD NOT BE READ: ${fault}\n`);
  });
});
