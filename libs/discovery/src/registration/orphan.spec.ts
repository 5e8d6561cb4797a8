import { describe, expect, it } from '@jest/globals';
import type { StaleCandidate } from '../catalog.ts';
import type { Health } from '../instance.ts';
import type { ReadinessReply } from './ask-replica.ts';
import { isOrphan } from './orphan.ts';
import { entryOf } from './service-definition.ts';

const own = entryOf({
  service: 'api',
  slot: 'a',
  epoch: 200,
  version: '1',
  instanceName: 'api-1',
  address: '127.0.0.1',
  port: 3000,
  ports: { rpc: null, control: null, metrics: null },
});

function listed(id: string, health: Health, port = 4000): StaleCandidate {
  const epoch = Number(id.split('-').at(-1));
  const where = { isOnOurNode: false, isUnknown: false };
  return { id, service: 'api', address: '127.0.0.1', port, health, tags: [], meta: {}, weight: 1, epoch, ...where };
}
const here = (candidate: StaleCandidate): StaleCandidate => ({ ...candidate, isOnOurNode: true });
const unknown = (candidate: StaleCandidate): StaleCandidate => ({ ...here(candidate), isUnknown: true });

const silence = async (): Promise<undefined> => undefined;
const answers = (status: number, instanceId?: string) => async (): Promise<ReadinessReply> =>
  instanceId === undefined ? { status } : { status, instanceId };
const mustNotAsk = (): Promise<never> => Promise.reject(new Error('asked'));

describe('isOrphan', () => {
  it.each([
    ['a critical one that does not answer', listed('api-a-100', 'critical'), silence, true],
    ['one that drained and does not answer any more', listed('api-a-100', 'maintenance'), silence, true],
    ['one at whose place another answers', listed('api-a-100', 'passing'), answers(200, 'api-b-7'), true],
    ['a critical one at whose place another answers', listed('api-a-100', 'critical'), answers(200, 'api-b-7'), true],
    ['one whose address and port are ours now', listed('api-a-100', 'passing', 3000), mustNotAsk, true],
    ['one that drains and answers', listed('api-a-100', 'maintenance'), answers(404), false],
    ['one that drains, with the catalog not told', listed('api-a-100', 'critical'), answers(404), false],
    ['a critical one that is well in fact', listed('api-a-100', 'critical'), answers(200, 'api-a-100'), false],
    ['one that serves beside us', listed('api-a-100', 'passing'), answers(200, 'api-a-100'), false],
    ['one that only we do not reach', listed('api-a-100', 'passing'), silence, false],
    ['ourselves', listed('api-a-200', 'critical', 3000), mustNotAsk, false],
    ['a later run', listed('api-a-300', 'critical'), mustNotAsk, false],
    [
      'a later run that has our port, while we drain',
      listed('api-a-300', 'passing', 3000),
      answers(200, 'api-a-300'),
      false,
    ],
    ['a later run that has our port and drains too', listed('api-a-300', 'passing', 3000), answers(404), false],
    [
      'one of a clock that was ahead, at our place',
      listed('api-a-300', 'passing', 3000),
      answers(200, 'api-a-200'),
      true,
    ],
    ['a later run that our agent does not know, silent', unknown(listed('api-a-300', 'critical')), silence, true],
    [
      'a later run that our agent does not know, and answers',
      unknown(listed('api-a-300', 'critical')),
      answers(200, 'api-a-300'),
      false,
    ],
    ['another slot at our place and node', here(listed('api-b-100', 'passing', 3000)), answers(200, 'api-a-200'), true],
    ['another slot at our place, of which we drain', here(listed('api-b-300', 'passing', 3000)), answers(404), false],
    ['another slot at our address, elsewhere', listed('api-b-100', 'passing', 3000), mustNotAsk, false],
    ['another slot on our node', here(listed('api-b-100', 'critical')), mustNotAsk, false],
    ['an entry of someone else at our place', here(listed('whatever', 'passing', 3000)), mustNotAsk, false],
    ['another slot', listed('api-b-100', 'critical'), mustNotAsk, false],
    ['a slot that begins like ours', listed('api-a-1-100', 'critical'), mustNotAsk, false],
    ['another service whose name begins like ours', listed('api-a-x-100', 'critical'), mustNotAsk, false],
    ['an entry of someone else', listed('whatever', 'critical'), mustNotAsk, false],
    ['a critical one without a port', listed('api-a-100', 'critical', 0), mustNotAsk, true],
    ['one without a port that drains', listed('api-a-100', 'maintenance', 0), mustNotAsk, false],
  ])('%s', async (_, candidate, ask, expected) => {
    await expect(isOrphan(candidate, own, ask)).resolves.toBe(expected);
  });

  it('does not take a service without a port for the owner of port 0', async () => {
    await expect(isOrphan(listed('api-a-100', 'passing', 0), { ...own, port: 0 }, mustNotAsk)).resolves.toBe(false);
  });
});
