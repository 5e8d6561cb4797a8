import { variableOf } from '@nestfleet/contracts';
import type { Finding } from '../rule.ts';
import { SLOTS } from './haproxy-regions.ts';
import { routedRows, type TableRow } from './services-table.ts';
import type { Deployed } from './topologies.ts';

/** slotFindings: HAProxy's container is given slots for every service, as many as the configuration says or a setting of its own. */
export function slotFindings({ balancer, files, compose }: Deployed, rows: readonly TableRow[]): Finding[] {
  if (!balancer.startsWith('haproxy')) return [];
  const environment = compose.services.get('edge-proxy')?.environment ?? {};
  return routedRows(rows).flatMap((service): Finding[] => {
    const name = `${variableOf(service)}_SLOTS`;
    const expected = `\${${name}:-${SLOTS}}`;
    if (environment[name] === expected) return [];
    return [
      { file: files.at(-1) ?? '', message: `${name} is ${environment[name] ?? 'not set'}, expected ${expected}` },
    ];
  });
}
