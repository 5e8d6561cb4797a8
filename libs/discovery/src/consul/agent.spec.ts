import { expect, it } from '@jest/globals';
import { answeredDuringStall } from '@nestfleet/timing/testing';
import type { Send } from './agent-send.ts';
import { agentAsker } from './agent.ts';

const sendFor =
  (answer: Promise<string>): Send =>
  (_url, { signal }) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
      void answer.then((text) => resolve(new Response(text)));
    });

it('takes what an agent has answered while our own process stood still', async () => {
  const answer = await answeredDuringStall(40, (arriving) =>
    agentAsker({ fetch: sendFor(arriving) })('http://127.0.0.1:8500', { path: '/v1/status/leader', timeoutMs: 20 }),
  );
  expect(answer.status).toBe(200);
});
