import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { portList } from './port-list.ts';

const read = (text: string) => z.string().transform(portList).safeParse(text);

it('portList reads the port of each service', () => {
  expect(read('api=3000, worker=3002').data).toEqual({ api: 3000, worker: 3002 });
  expect(read('').data).toEqual({});
});

it.each(['api', 'api=', 'api=0', 'api=65536', '=3000', 'api=3000;worker=1'])('portList refuses "%s"', (text) => {
  expect(read(text).error?.issues[0]?.message).toBe('is not service=port,service=port');
});
