import { declarationOf, SERVICE_NAMES } from '@nestfleet/contracts';

/**
 * Who may import whom: the one table behind the rules `projects` and `imports`. It is closed: a project without a row,
 * and an import that no row allows, fail. Every other file that draws these borders is made from this one.
 * Rows of services come from the table of services.
 */
export interface Row {
  /** Folder of the project; its tags in Nx are `type:<kind>` and `scope:<name>`. */
  kind: 'app' | 'lib' | 'tool';
  name: string;
  /** Libs it may import, through their entry points only. */
  libs: readonly string[];
  /** Tools whose entry point `src/programs.ts` it may enter. */
  tools?: readonly string[];
  /** The inside of a lib. Without one (`service`) the lib is Nest wiring as a whole. */
  inside?: Inside;
}

export interface Inside {
  /** Packages and libs for the core. Node's own modules are always allowed. */
  core: readonly string[];
  /** Path pattern below `src/` of each adapter, with the packages and libs it adapts. */
  adapters: Readonly<Record<string, readonly string[]>>;
  /** Files below `src/` that put the core and its adapters together. */
  composition: readonly string[];
}

const everyLib = ['contracts', 'discovery', 'errors', 'jobs', 'outbox', 'redis', 'service', 'state', 'timing'];
const contracts = '@nestfleet/contracts';
const errors = '@nestfleet/errors';
const redis = '@nestfleet/redis';
const timing = '@nestfleet/timing';

const app = (name: string, libs: readonly string[]): Row => ({ kind: 'app', name, libs });
const lib = (name: string, libs: readonly string[], inside: Inside): Row => ({ kind: 'lib', name, libs, inside });
const tool = (name: string, tools: readonly string[] = []): Row => ({ kind: 'tool', name, libs: everyLib, tools });

export const importTable: readonly Row[] = [
  ...SERVICE_NAMES.map((name) => app(name, declarationOf(name).libs)),
  app('dashboard', ['contracts']),

  lib('contracts', [], { core: ['zod'], adapters: {}, composition: [] }),
  lib('timing', [], { core: [], adapters: {}, composition: [] }),
  lib('errors', [], { core: [], adapters: {}, composition: [] }),
  lib('redis', ['contracts', 'errors', 'timing'], { core: ['ioredis', errors, timing], adapters: {}, composition: [] }),
  // The packed lib needs no package of others: its specs alone see the contracts.
  lib('discovery', ['contracts', 'errors', 'timing'], {
    core: [errors, timing],
    adapters: { 'consul/': ['undici'], 'fixed/': [], 'dns/': [], 'kubernetes/': [] },
    composition: ['discovery.ts'],
  }),
  lib('state', ['contracts', 'errors', 'redis', 'timing'], {
    core: [contracts, errors, timing],
    adapters: { '[^/]*/?redis[-.]': [redis] },
    composition: ['open-state.ts'],
  }),
  lib('jobs', ['contracts', 'errors', 'redis', 'timing'], {
    core: [contracts, errors, timing, 'zod'],
    adapters: { 'bullmq/': ['bullmq', 'ioredis', redis] },
    composition: ['open-jobs.ts'],
  }),
  // Both adapters are given their client: they need its shape alone.
  lib('outbox', ['errors', 'timing'], {
    core: [errors, timing],
    adapters: { 'pg/': [], 'sqlite/': [] },
    composition: [],
  }),
  { kind: 'lib', name: 'service', libs: ['contracts', 'timing'] },

  tool('bench', ['fleet']),
  tool('checks'),
  tool('prove', ['checks', 'fleet']),
  tool('workspace'),
  tool('fleet', ['checks']),
  tool('matrix', ['checks', 'fleet', 'init']),
  tool('site'),
  tool('recipes', ['fleet']),
  // It travels to others alone: what it has of ours is texts.
  { kind: 'tool', name: 'init', libs: [] },
];

const folders = { app: 'apps', lib: 'libs', tool: 'tools' } as const;

export function rootOf({ kind, name }: Pick<Row, 'kind' | 'name'>): string {
  return `${folders[kind]}/${name}`;
}
