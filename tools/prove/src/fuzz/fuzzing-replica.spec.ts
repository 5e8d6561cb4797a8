import { connect } from 'node:net';
import { expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { seededRandom } from '../load/random.ts';
import { planAnswer } from './answer-plan.ts';
import { startFuzzingReplica } from './fuzzing-replica.ts';
import { LATE_WORDS, tokenOf } from './tokens.ts';

const random = seededRandom(7);
const mutationsOf = (token: string): string =>
  planAnswer(random.fork(token), { token, method: 'GET', upgrades: false }).mutations.join();
const tokenWith = (mutations: string): string => {
  for (let number = 0; ; number += 1) if (mutationsOf(tokenOf(number, 0)) === mutations) return tokenOf(number, 0);
};

it('answers no more on a connection on which it has said something that nobody asked for', async () => {
  const replica = await startFuzzingReplica(random, (words) => expect(words).toBe('nothing odd'));
  const socket = connect(replica.port, '127.0.0.1');
  try {
    let said = '';
    socket.on('data', (chunk) => (said += chunk.toString('latin1')));
    const [liar, honest] = [tokenWith('late-answer'), tokenWith('')];
    socket.write(`GET /${liar} HTTP/1.1\r\nhost: x\r\n\r\n`);
    expect(await until(() => said.includes(LATE_WORDS), 20_000)).toBe(true);
    expect(replica.busy()).toEqual([]);
    socket.write(`GET /${honest} HTTP/1.1\r\nhost: x\r\n\r\n`);
    expect(await until(() => socket.readableEnded || said.includes(honest), 20_000)).toBe(true);
    expect(said).toContain(liar);
    expect(said).not.toContain(honest);
  } finally {
    socket.destroy();
    replica.close();
  }
});
