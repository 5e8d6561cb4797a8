import { describe, expect, it } from '@jest/globals';
import { initSteps } from '../src/init/init-steps.ts';
import { chooseLayouts, quickest } from '../src/init/layouts.ts';
import { runLayout } from '../src/init/run-layout.ts';
import { registryAnswers } from '../src/npm.ts';

const TIMEOUT_MS = 900_000;

const consul = process.env['CONSUL_HTTP_ADDR'];
if (consul === undefined) console.warn('CONSUL_HTTP_ADDR NOT SET: NPX NESTFLEET INIT IS NOT TRIED IN A GENERATED APP');
const hasRegistry = await registryAnswers();
if (!hasRegistry) console.warn('NO REGISTRY OF NPM ANSWERS: NPX NESTFLEET INIT IS NOT TRIED IN A GENERATED APP');
const isPossible = consul !== undefined && hasRegistry;
const generated = isPossible || process.env['CI'] !== undefined ? describe : describe.skip;

generated('npx nestfleet init in an app of the Nest CLI', () => {
  it.each(chooseLayouts(quickest).map((layout) => [layout.name, layout] as const))(
    '%s: few lines, its tests pass, registered, SIGTERM under requests',
    async (_name, layout) => {
      const result = await runLayout(layout, consul ?? '');
      expect(result.steps.filter(({ words }) => words === undefined)).toEqual([]);
      expect(result.steps.map(({ name }) => name)).toEqual(initSteps.map(({ name }) => name));
    },
    TIMEOUT_MS,
  );
});
