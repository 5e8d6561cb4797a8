import { join } from 'node:path';

const tool = (name) => join(import.meta.dirname, 'tools', name);

/**
 * A spec's tier is in its name: `x.spec.ts` is unit, `x.integration.spec.ts` and `x.e2e.spec.ts` need servers,
 * `x.docker.spec.ts` needs a Docker engine, `x.cluster.spec.ts` the cluster that KUBECONFIG and CONTEXT name. The time limits end a test that hangs; a slow machine keeps well within them.
 */
const tiers = {
  unit: {
    testMatch: ['**/*.spec.ts'],
    testPathIgnorePatterns: ['/node_modules/', '\\.(integration|e2e|docker|cluster)\\.spec\\.ts$'],
    testTimeout: 30_000,
  },
  integration: { testMatch: ['**/*.integration.spec.ts'], testTimeout: 60_000 },
  e2e: { testMatch: ['**/*.e2e.spec.ts'], testTimeout: 120_000 },
  docker: { testMatch: ['**/*.docker.spec.ts'], testTimeout: 300_000 },
  cluster: { testMatch: ['**/*.cluster.spec.ts'], testTimeout: 60_000 },
};

/** Jest settings that every project shares: native ESM, SWC with decorator metadata, one tier per run (TEST_TIER). */
export function project(name, extra = {}) {
  const tier = process.env.TEST_TIER ?? 'unit';
  if (!(tier in tiers)) throw new Error(`TEST_TIER is "${tier}", expected one of ${Object.keys(tiers).join(', ')}`);
  return {
    displayName: name,
    testEnvironment: 'node',
    setupFiles: [tool('jest.preload.mjs')],
    reporters: ['default', tool('jest.open-handles.mjs')],
    extensionsToTreatAsEsm: ['.ts'],
    moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json'],
    modulePathIgnorePatterns: ['<rootDir>/dist/'],
    transform: {
      '^.+\\.ts$': [
        '@swc/jest',
        {
          swcrc: false,
          sourceMaps: 'inline',
          module: { type: 'es6' },
          jsc: {
            target: 'es2024',
            keepClassNames: true,
            parser: { syntax: 'typescript', decorators: true },
            transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          },
        },
      ],
    },
    ...tiers[tier],
    ...extra,
  };
}
