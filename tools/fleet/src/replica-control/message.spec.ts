import { describe, expect, it } from '@jest/globals';
import { firstPacket } from './message.ts';

describe('firstPacket', () => {
  const packet = '{"response":"drüben"}';
  it.each(['', '2', '21', '21#', `21#${packet.slice(0, 20)}`])('waits for more after "%s"', (heard) => {
    expect(firstPacket(heard)).toBeUndefined();
  });
  it('takes the first of several, whose length counts characters and not bytes', () => {
    expect(firstPacket(`21#${packet}14#{"isDisposed"`)).toEqual({ response: 'drüben' });
    expect(firstPacket('23#{"err":{"code":"busy"}}')).toEqual({ err: { code: 'busy' } });
  });
});
