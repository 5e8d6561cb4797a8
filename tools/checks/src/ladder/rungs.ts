import { commandRung, nxRung, wallsRung } from './command-rungs.ts';
import { dockerRung } from './docker-rung.ts';
import { jestRung } from './jest-rung.ts';
import type { Rung } from './rung.ts';

const minute = 60_000;

/** From the cheapest answer to the dearest. The limits are bounds for a cold, busy machine, not aims. */
export const rungs: readonly Rung[] = [
  commandRung('format', 'prettier --check --log-level warn .', 2 * minute),
  nxRung('lint', 4 * minute),
  nxRung('typecheck', 4 * minute),
  nxRung('build', 5 * minute),
  wallsRung(2 * minute),
  jestRung({ name: 'unit', target: 'test', timeLimitMs: 8 * minute, parallel: 2, hasServers: false }),
  jestRung({ name: 'integration', target: 'integration', timeLimitMs: 22 * minute, parallel: 2, hasServers: true }),
  jestRung({ name: 'e2e', target: 'e2e', timeLimitMs: 28 * minute, parallel: 1, hasServers: true }),
  dockerRung({
    name: 'docker',
    target: 'docker',
    suiteOf: 'prove',
    timeLimitMs: 20 * minute,
    doors: [
      { balancer: 'gateway', mayLack: false },
      { balancer: 'haproxy', mayLack: false },
      { balancer: 'haproxy', tls: true, mayLack: false },
      { balancer: 'haproxy-consul', mayLack: false },
      { balancer: 'traefik', mayLack: true },
      { balancer: 'traefik-consul', mayLack: true },
    ],
  }),
];

/** The rungs asked for: `only` a comma list, or all `from` one on. Throws with the names there are. */
export function chooseRungs(all: readonly Rung[], { only, from }: { only?: string; from?: string }): readonly Rung[] {
  const names = all.map(({ name }) => name);
  const wanted = only?.split(',') ?? names;
  const unknown = [...wanted, from ?? names[0] ?? ''].filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`no such rung: ${unknown.join(', ')}; there are ${names.join(', ')}`);
  const start = from === undefined ? 0 : names.indexOf(from);
  return all.filter(({ name }, index) => index >= start && wanted.includes(name));
}
