// Loaded into a built app before its program: on SIGUSR2 something goes wrong in it that no handler catches. FAULT says what.
import { EventEmitter } from 'node:events';

const fail = (words: string): never => {
  throw new Error(words);
};
const faults: Readonly<Record<string, () => unknown>> = {
  throw: () => setTimeout(() => fail('thrown'), 0),
  reject: () => void Promise.reject(new Error('rejected')),
  emit: () => setTimeout(() => new EventEmitter().emit('error', new Error('emitted')), 0),
  again: () => setInterval(() => fail('again'), 5),
};

if (process.env['FAULT_AT_BOOT'] === '1')
  process.on('newListener', (event) => {
    if (event === 'uncaughtException') setImmediate(() => fail('at boot'));
  });
else process.on('SIGUSR2', () => void faults[process.env['FAULT'] ?? 'throw']?.());
