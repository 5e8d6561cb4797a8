import { HEALTH_PATHS, routedServices } from '@nestfleet/contracts';
import type { Row } from '../row.ts';

export const health: Row = {
  name: 'health',
  shows: 'the four health paths of each routed service',
  run: async (check, { edge, knownDriver }) => {
    for (const { name: service, ingress } of routedServices) {
      const prefix = ingress.prefix.replace(/\/$/, '');
      const names = (await knownDriver?.ready(service))?.map((each) => each.servedBy);
      for (const path of Object.values(HEALTH_PATHS)) {
        const answer = await edge.ask(`${prefix}${path}`);
        check.equal(`${prefix}${path}`, answer.status, 200);
        const by = String(answer.headers['x-served-by']);
        if (names) check.holds(`${prefix}${path} is answered by ${service}`, names.includes(by), by);
      }
      const detail = JSON.parse((await edge.ask(`${prefix}${HEALTH_PATHS.detail}`)).text) as {
        status: string;
        details: object;
      };
      check.holds(
        `${prefix}${HEALTH_PATHS.detail} says up or degraded`,
        ['up', 'ok', 'degraded'].includes(detail.status),
        detail.status,
      );
      check.atLeast('and names what it needs', Object.keys(detail.details ?? {}).length, 1);
    }
  },
};
