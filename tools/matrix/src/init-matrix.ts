import { parseArgs } from 'node:util';
import { chooseLayouts } from './init/layouts.ts';
import { runLayout } from './init/run-layout.ts';
import { registryAnswers } from './npm.ts';
import { runRows } from './run-rows.ts';

/**
 * `npx nestfleet init` in generated apps, behind `make init-matrix`: `node tools/matrix/src/init-matrix.ts [--layout nest11,nx]`.
 * Exit code 1 with a layout that failed, 64 when called wrongly, 69 without a registry of npm or a Consul.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { layout: { type: 'string' } } });
  const layouts = chooseLayouts(values.layout);
  const consul = process.env['CONSUL_HTTP_ADDR'];
  if (consul === undefined || !(await registryAnswers())) {
    console.error(consul === undefined ? 'CONSUL_HTTP_ADDR is not set' : 'the registry of npm does not answer');
    return 69;
  }
  const rows = new Map(layouts.map((layout) => [layout.name, layout]));
  return runRows('layout', rows, (layout) => runLayout(layout, consul));
}

try {
  process.exitCode = await main();
} catch (fault) {
  console.error(fault instanceof Error ? fault.message : fault);
  process.exitCode = 64;
}
