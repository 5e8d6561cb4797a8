import { Readable } from 'node:stream';
import { buffer as readAll } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { Boundary } from './boundary.ts';
import { ClientBuffers, REQUEST_BUFFER_BYTES, RequestBuffer } from './request-buffer.ts';

const MIB = 1_024 * 1_024;
const patternOf = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, at) => at % 251));
const fail = (fault: Error): never => {
  throw fault;
};

/** Buffers what comes in these chunks, and tells what it has done. */
function buffering(chunks: readonly Buffer[], clients = new ClientBuffers()) {
  const source = new Readable({ read: () => undefined, highWaterMark: MIB });
  const told: string[] = [];
  const events = { onBuffered: () => told.push('buffered'), onOverflow: () => told.push('overflow') };
  const buffer = new RequestBuffer(source, clients, 'a', events, new Boundary(fail, () => undefined));
  for (const chunk of chunks) source.push(chunk);
  return { source, told, buffer, clients };
}
/** So much may still be buffered for the same address. */
function roomOf(clients: ClientBuffers): number {
  let room = 0;
  for (let step = MIB; step >= 1; step /= 2) if (clients.add('a', step)) room += step;
  clients.release('a', room);
  return room;
}

describe('RequestBuffer', () => {
  it.each([
    ['one chunk that is too long', [70_000]],
    ['a chunk on top of nearly all that fits', [REQUEST_BUFFER_BYTES - 1, REQUEST_BUFFER_BYTES]],
    ['a byte on top of all that fits', [REQUEST_BUFFER_BYTES, 1]],
    ['many small ones', Array<number>(1_000).fill(97)],
  ])('holds 64 KiB and no more, and leaves the rest where it was: %s', async (_what, lengths) => {
    const body = patternOf(lengths.reduce((sum, each) => sum + each, 0));
    let at = 0;
    const chunks = lengths.map((length) => body.subarray(at, (at += length)));
    const { source, told, buffer, clients } = buffering(chunks);
    source.push(null);
    await until(() => told.length > 0, 1_000);
    expect([told, buffer.isWhole, buffer.content.length]).toEqual([['buffered'], false, REQUEST_BUFFER_BYTES]);
    expect(roomOf(clients)).toBe(MIB - REQUEST_BUFFER_BYTES);
    const held = buffer.take();
    expect([buffer.content.length, roomOf(clients)]).toEqual([0, MIB]);
    expect(Buffer.concat([held, await readAll(source)]).equals(body)).toBe(true);
  });

  it.each([0, 1, 3_000, REQUEST_BUFFER_BYTES])(
    'counts a whole body of %i bytes until it is released',
    async (length) => {
      const body = patternOf(length);
      const { source, told, buffer, clients } = buffering([body.subarray(0, length / 2), body.subarray(length / 2)]);
      source.push(null);
      await until(() => told.length > 0, 1_000);
      expect([told, buffer.isWhole, buffer.content.equals(body)]).toEqual([['buffered'], true, true]);
      expect(roomOf(clients)).toBe(MIB - length);
      buffer.release();
      buffer.release();
      expect(roomOf(clients)).toBe(MIB);
    },
  );

  it('gives up where its client has too much already, and holds nothing', async () => {
    const clients = new ClientBuffers();
    clients.add('a', MIB - 100);
    const { told, buffer } = buffering([patternOf(100), patternOf(1)], clients);
    await until(() => told.length > 0, 1_000);
    expect([told, buffer.content.length, roomOf(clients)]).toEqual([['overflow'], 0, 100]);
  });

  it('counts the bytes of all clients until they are let go', async () => {
    const clients = new ClientBuffers();
    clients.add('b', 100);
    const { told, buffer } = buffering([patternOf(3_000)], clients);
    await until(() => buffer.content.length === 3_000, 1_000);
    expect([told, clients.bytes]).toEqual([[], 3_100]);
    buffer.release();
    buffer.release();
    clients.release('b', 100);
    expect(clients.bytes).toBe(0);
  });

  it('bounds bytes and not requests: a thousand of 1 KiB fit', () => {
    const clients = new ClientBuffers();
    expect(Array.from({ length: 1_024 }, () => clients.add('a', 1_024)).every(Boolean)).toBe(true);
    expect([clients.add('a', 1), clients.add('b', 1)]).toEqual([false, true]);
  });
});
