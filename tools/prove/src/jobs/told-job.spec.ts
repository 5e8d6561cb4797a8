import { describe, expect, it } from '@jest/globals';
import type { Answer } from '../client/http-client.ts';
import { type ToldJob, followJobs } from './told-job.ts';

const told = (id: string): ToldJob => ({
  id,
  text: id,
  state: 'waiting',
  error: null,
  attempts: 0,
  payload_version: 0,
});
const answer = (status: number, state?: string): Answer => ({
  status,
  headers: {},
  text: state === undefined ? '{}' : JSON.stringify({ state, attempts: 1 }),
  tookMs: 0,
});

/** An edge proxy that answers each question for the job in turn, and the last for ever. */
function edgeOf(...answers: Answer[]) {
  let asked = 0;
  return {
    get asked() {
      return asked;
    },
    ask: async () => answers[Math.min(asked++, answers.length - 1)]!,
  };
}

describe('followJobs', () => {
  it.each([
    ['completed', answer(200, 'completed'), 'completed'],
    ['failed', answer(200, 'failed'), 'failed'],
    ['cancelled', answer(200, 'cancelled'), 'cancelled'],
    ['no job any more', answer(404), 'gone'],
    ['past its retention', answer(410), 'expired'],
  ])('takes for an end that it is %s', async (_what, last, state) => {
    const edge = edgeOf(answer(200, 'active'), answer(503), last);
    const [seen] = await followJobs(edge, [told('a')], 60_000);
    expect([seen?.state, edge.asked]).toEqual([state, 3]);
  });

  it('asks again for what is under way or cannot be asked for, until the time is over', async () => {
    const [seen] = await followJobs(edgeOf(answer(200, 'active'), answer(503)), [told('a')], 1);
    expect(seen?.state).toBe('active');
  });
});
