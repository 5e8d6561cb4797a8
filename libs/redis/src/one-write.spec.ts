import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { Command, type Redis } from 'ioredis';
import { oneWrite } from './one-write.ts';

/** A socket that remembers what each write had, and a client that writes to it as ioredis does. */
function opened() {
  const writes: string[] = [];
  const socket = () =>
    new Writable({
      decodeStrings: false,
      write: (text: string, _encoding, done) => {
        writes.push(text);
        done();
      },
      writev: (chunks: { chunk: string }[], done) => {
        writes.push(chunks.map(({ chunk }) => chunk).join(' '));
        done();
      },
    });
  const client = {
    stream: undefined as Writable | undefined,
    sendCommand: ({ name }: Command) => client.stream?.write(name),
  };
  oneWrite(client as unknown as Redis);
  const send = (name: string) => client.sendCommand(new Command(name));
  return { writes, send, connect: () => (client.stream = socket()) };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('oneWrite', () => {
  it('sends what one turn gives by one write, that of its promises too', async () => {
    const { writes, send, connect } = opened();
    connect();
    send('first');
    void Promise.resolve()
      .then(() => send('second'))
      .then(() => send('third'));
    expect(writes).toEqual([]);
    await nextTurn();
    expect(writes).toEqual(['first second third']);
    send('fourth');
    await nextTurn();
    expect(writes).toEqual(['first second third', 'fourth']);
  });

  it('sends on a socket that takes the place of another in the same turn', async () => {
    const { writes, send, connect } = opened();
    send('without a socket');
    connect();
    send('to the first');
    connect();
    send('to the second');
    send('and to it again');
    await nextTurn();
    expect(writes).toEqual(['to the first', 'to the second and to it again']);
  });
});
