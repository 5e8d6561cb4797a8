import { HEALTH_PATHS } from '@nestfleet/contracts';
import type { Finding } from '../rule.ts';
import type { Workspace } from '../workspace.ts';
import { HAPROXY } from './haproxy-regions.ts';

const { live, startup, ready } = HEALTH_PATHS;
const allNames = Object.values(HEALTH_PATHS).map((path) => path.slice(1));

/** Files that are written by hand, where they name a health path, and which it has to be. */
const asked: readonly (readonly [file: string, where: RegExp, expected: string])[] = [
  [HAPROXY.edgeProxy, /^ *http-check send meth GET uri (\S+)/gm, ready],
  ['deploy/haproxy/static.cfg', /^ *option httpchk GET (\S+)/gm, ready],
  ['deploy/image/healthcheck', /^answers_200 (\S+) && answers_200 (\S+)/gm, `${startup} ${live}`],
  ['deploy/image/warm.sh', /GET (\S+) HTTP/g, live],
  ['deploy/prometheus/rules/nestfleet.yml', /http_route!~"(\/\([^)]*\))/g, `/(${allNames.join('|')})`],
];

/** healthPathFindings: what is written by hand asks for the health paths that the services have. */
export function healthPathFindings({ exists, read }: Pick<Workspace, 'exists' | 'read'>): Finding[] {
  return asked
    .filter(([file]) => exists(file))
    .flatMap(([file, where, expected]) => {
      const found = [...new Set([...read(file).matchAll(where)].map(([, ...paths]) => paths.join(' ')))];
      if (found.length === 1 && found[0] === expected) return [];
      return [{ file, message: `asks for ${found.join(' and ') || 'no health'}, expected ${expected}` }];
    });
}
