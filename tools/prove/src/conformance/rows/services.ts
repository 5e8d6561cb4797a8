import { OPENAPI_PATH, type RoutedService, routedServices } from '@nestfleet/contracts';
import type { Check } from '../../checkers/check.ts';
import { documentOf, judge, questionsOf, undocumented } from '../routed-service.ts';
import type { Row, Subject } from '../row.ts';

/** Those below a prefix of their own: what nobody else has is not asked for by a path. */
const prefixed = routedServices.filter(({ ingress }) => ingress.prefix !== '/');

export const services: Row = {
  name: 'services',
  shows: 'each routed service is where the table says, answers for itself, and nothing like its prefix leads to it',
  run: async (check, subject) => {
    for (const service of prefixed) await isRouted(check, subject, service);
    check.note(prefixed.map(({ name, ingress }) => `${name} under ${ingress.prefix}`).join(', '));
  },
};

async function isRouted(check: Check, { edge, knownDriver }: Subject, service: RoutedService): Promise<void> {
  const names = (await knownDriver?.ready(service.name))?.map((each) => each.servedBy);
  const document = documentOf((await edge.ask(`${service.ingress.prefix}${OPENAPI_PATH}`)).text);
  check.equal(`routes of ${service.name} that its document lacks`, undocumented(service, document), []);
  for (const question of questionsOf(service, document)) {
    const { method, path, host } = question;
    // Names beyond those of the other rows may be in no certificate.
    if (host !== undefined && edge.scheme === 'https') continue;
    const named: Record<string, string> = host === undefined ? {} : { host: `${host}.${edge.domain}:${edge.port}` };
    const answer = await edge.ask(path, { method, headers: { accept: 'application/json', ...named } });
    judge(check, service, question, answer, names);
  }
}
