import { describe, expect, it } from '@jest/globals';
import { importsRule } from '../src/rules/import-rules.ts';
import type { Row } from '../src/rules/import-table.ts';
import { findingsIn } from './findings-in.ts';

const closed = { core: [], adapters: {}, composition: [] };

const table: readonly Row[] = [
  { kind: 'app', name: 'api', libs: ['state'] },
  { kind: 'app', name: 'worker', libs: [] },
  { kind: 'app', name: 'dashboard', libs: [] },
  {
    kind: 'lib',
    name: 'state',
    libs: ['redis'],
    inside: { core: [], adapters: { 'redis[-.]': ['@nestfleet/redis'] }, composition: ['open-state.ts'] },
  },
  { kind: 'lib', name: 'redis', libs: [], inside: { ...closed, core: ['ioredis'] } },
  { kind: 'lib', name: 'plain', libs: [], inside: closed },
  { kind: 'lib', name: 'defaults', libs: [] },
  { kind: 'tool', name: 'fleet', libs: ['state', 'redis'] },
  { kind: 'tool', name: 'bench', libs: [], tools: ['fleet'] },
];

/** File → reasons. Every other file of the fixture shows what is allowed. */
const expected: Readonly<Record<string, readonly string[]>> = {
  'apps/api/src/bad-lib-outside-row.ts': ['apps/api may import only state'],
  'apps/api/src/bad-other-app.ts': ['apps/api may import only state'],
  'apps/api/src/bad-tool.ts': ['apps/api may import only state'],
  'apps/api/src/bad-past-the-entry-point.ts': ['a lib is entered through its entry points'],
  'apps/api/src/bad-closed-entry-point.ts': ['there is no such file, package or entry point'],
  'apps/api/src/bad-testing-entry-point.ts': ['code for tests is imported by tests and tools only'],
  'apps/api/src/bad-undeclared.ts': ['a package that ships is in dependencies'],
  'apps/dashboard/src/bad-node-module.ts': ['the page runs in a browser'],
  'libs/redis/src/bad-upward.ts': [
    'libs/redis may import no other project',
    "outside its lib, the core of redis may import Node's modules, ioredis",
  ],
  'libs/redis/src/testing/bad-nest.ts': ['only the nest/ folder of a lib imports @nestjs'],
  'libs/plain/src/index.ts': [
    'the Nest wiring of a lib is imported by',
    'what an entry point without Nest reaches has no Nest in it',
  ],
  'libs/state/src/bad-core-adapter.ts': ['the core of state sees the core of state'],
  'libs/state/src/bad-core-client.ts': ["outside its lib, the core of state may import Node's modules"],
  'libs/state/src/bad-core-nest.ts': [
    'only the nest/ folder of a lib imports @nestjs',
    "outside its lib, the core of state may import Node's modules",
  ],
  'libs/state/src/nest/bad-client.ts': ["outside its lib, nest/ of state may import Node's modules, @nestjs"],
  'libs/state/src/redis-bad-client.ts': ['outside its lib, the adapter redis[-.] of state may import'],
  'tools/bench/src/bad-past-the-entry-point.ts': ['tools/bench may import only the entry point of fleet'],
  'tools/fleet/src/bad-nest-entry-point.ts': ['the Nest wiring of a lib is imported by'],
  'tools/fleet/src/bad-no-file.ts': ['there is no such file, package or entry point'],
};

describe('the rule imports', () => {
  it('finds what each bad file breaks, and nothing else', async () => {
    const findings = await findingsIn('imports', importsRule(table));
    const found = Map.groupBy(findings, (line) => line.slice(0, line.indexOf('  ')));
    expect([...found.keys()].toSorted()).toEqual(Object.keys(expected).toSorted());
    for (const [file, reasons] of Object.entries(expected)) {
      expect(found.get(file)).toHaveLength(reasons.length);
      for (const reason of reasons) expect(found.get(file)).toContainEqual(expect.stringContaining(`: ${reason}`));
    }
  });

  it('finds an import that loses its place in the table', async () => {
    const without = table.map((row) => (row.name === 'api' ? { ...row, libs: [] } : row));
    const findings = await findingsIn('imports', importsRule(without));
    expect(findings).toContainEqual(
      expect.stringMatching(/^apps\/api\/src\/main\.ts .*apps\/api may import no other project$/),
    );
  });
});
