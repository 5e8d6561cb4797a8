import { clusterStage } from './cluster-stage.ts';
import { commandStage, nxStage, checksStage } from './command-stages.ts';
import { dockerStage } from './docker-stage.ts';
import { jestStage } from './jest-stage.ts';
import { kubernetesStage } from './kubernetes-stage.ts';
import { redisStage } from './redis-stage.ts';
import type { Stage } from './stage.ts';

const minute = 60_000;

/** From the cheapest answer to the dearest. The limits are bounds for a cold, busy machine, not aims. */
export const stages: readonly Stage[] = [
  commandStage('format', 'prettier --check --log-level warn .', 5 * minute),
  nxStage('lint', 8 * minute),
  nxStage('typecheck', 8 * minute),
  nxStage('build', 5 * minute),
  checksStage(5 * minute),
  kubernetesStage(5 * minute),
  jestStage({ name: 'unit', target: 'test', timeLimitMs: 8 * minute, parallel: 2, hasServers: false }),
  jestStage({ name: 'integration', target: 'integration', timeLimitMs: 22 * minute, parallel: 2, hasServers: true }),
  redisStage({
    name: 'redis',
    target: 'integration',
    projects: ['redis', 'state', 'jobs'],
    // Redis 7.0 is what the stage before runs with, on a Debian of that age. CI has no time for more.
    flavours: process.env['CI'] ? [] : ['redis8', 'valkey'],
    timeLimitMs: 15 * minute,
  }),
  jestStage({ name: 'e2e', target: 'e2e', timeLimitMs: 40 * minute, parallel: 1, hasServers: true }),
  dockerStage({
    name: 'docker',
    target: 'docker',
    suiteOf: 'prove',
    timeLimitMs: 25 * minute,
    balancers: [
      { balancer: 'gateway', mayLack: false },
      { balancer: 'haproxy', mayLack: false },
      { balancer: 'haproxy', tls: true, mayLack: false },
      { balancer: 'haproxy-consul', mayLack: false },
      { balancer: 'traefik', mayLack: true },
      { balancer: 'traefik-consul', mayLack: true },
    ],
  }),
  clusterStage({
    name: 'cluster',
    suiteOf: 'prove',
    timeLimitMs: 10 * minute,
    programs: [
      { name: 'server-side', command: 'tools/checks/src/kubernetes-server.ts', needs: 'control plane' },
      { name: 'catalog', command: 'node_modules/.bin/nx run discovery:cluster', needs: 'control plane' },
      { name: 'conformance', command: 'tools/prove/src/conformance.ts --engine kubernetes', needs: 'nodes' },
      {
        name: 'roll, node drain',
        command: 'tools/prove/src/prove.ts --engine kubernetes --quick --rate 30 --only roll,node-drain',
        needs: 'nodes',
      },
    ],
  }),
];

/** The stages asked for: `only` a comma list, or all `from` one on. Throws with the names there are. */
export function chooseStages(
  all: readonly Stage[],
  { only, from }: { only?: string; from?: string },
): readonly Stage[] {
  const names = all.map(({ name }) => name);
  const wanted = only?.split(',') ?? names;
  const unknown = [...wanted, from ?? names[0] ?? ''].filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`no such stage: ${unknown.join(', ')}; there are ${names.join(', ')}`);
  const start = from === undefined ? 0 : names.indexOf(from);
  return all.filter(({ name }, index) => index >= start && wanted.includes(name));
}
