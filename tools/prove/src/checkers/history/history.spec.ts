import { describe, expect, it } from '@jest/globals';
import { type Op, type OpBody, LAST } from '../../history/op.ts';
import type { OperationOutcome } from '../../load/operation.ts';
import type { Finding } from '../finding.ts';
import { allKindsDone, noneRefused, noUnexpectedAnswer } from './answers.ts';
import { noLostEdit } from './edits.ts';
import { noAdoption, noResurrection, sharedStays } from './ended.ts';
import { allExpire } from './expiries.ts';
import { noLostFieldWrite } from './field-writes.ts';
import { countedOnce, movedOnce, visitsOnce } from './once.ts';

const said = ({ holds, faults }: Finding): string => [...(holds ? ['holds'] : []), ...faults].join('\n');

/** An operation of client `c` between two times. */
const op = (body: OpBody, invokedMs: number, endedMs: number, outcome: OperationOutcome = 'ok', client = 'c'): Op => ({
  client,
  invokedMs,
  endedMs,
  outcome,
  reason: outcome === 'ok' ? '200' : 'x',
  ...body,
});
const set = (value: string, field = 'f'): OpBody => ({ do: 'set', object: 's', sid: 's/1', field, value });
const read = (fields: Record<string, string>, tokens: string[] = []): OpBody => ({
  do: 'read',
  object: 's',
  sid: 's/1',
  fields,
  tokens,
});
const edit = (token: string): OpBody => ({ do: 'edit', object: 's', token });

describe('writes of fields', () => {
  const first = op(set('a'), 0, 10);
  it('hold where the last is seen', () =>
    expect(said(noLostFieldWrite([first, op(set('b'), 20, 30), op(read({ f: 'b' }), 40, 50)]))).toBe('holds'));
  it('hold where either of two at a time is seen, or one whose outcome is unknown', () => {
    const beside = op(set('b'), 5, 12);
    for (const f of ['a', 'b']) expect(said(noLostFieldWrite([first, beside, op(read({ f }), 40, 50)]))).toBe('holds');
    const unknown = op(set('c'), 5, 12, 'unknown');
    for (const f of ['a', 'c']) expect(said(noLostFieldWrite([first, unknown, op(read({ f }), 90, 95)]))).toBe('holds');
    const after = op(set('c'), 20, 30, 'unknown');
    expect(said(noLostFieldWrite([first, after, op(read({ f: 'a' }), 90, 95)]))).toBe('holds');
  });
  it('hold where one is read while it is written', () =>
    expect(said(noLostFieldWrite([first, op(set('b'), 20, 60), op(read({ f: 'a' }), 30, 90)]))).toBe('holds'));
  it('find an older one of the same field', () =>
    expect(said(noLostFieldWrite([first, op(set('b'), 20, 30), op(read({ f: 'a' }), 40, 50)]))).toMatch(
      /s f: c reads a 10 ms after b was acknowledged/,
    ));
  it('find one that a write of another field has undone', () =>
    expect(said(noLostFieldWrite([first, op(set('x', 'g'), 20, 30), op(read({ g: 'x' }), 40, 50)]))).toMatch(
      /s f: c reads nothing 30 ms after a/,
    ));
  it('find a refused one, and one of nobody', () => {
    expect(said(noLostFieldWrite([first, op(set('b'), 20, 30, 'fail'), op(read({ f: 'b' }), 40, 50)]))).toMatch(
      /nobody has written/,
    );
    expect(said(noLostFieldWrite([first, op(read({ f: 'z' }), 40, 50)]))).toMatch(/nobody has written/);
  });
  it('do not hold for a history of nothing', () => expect(said(noLostFieldWrite([]))).toMatch(/nothing was written/));
});

describe('edits over a known version', () => {
  it('hold where all that were acknowledged are there, the refused or unknown ones or not', () => {
    const others = [op(edit('2'), 0, 10, 'unknown'), op(edit('3'), 0, 10, 'fail')];
    const history = [op(edit('1'), 0, 10), ...others, op(read({}, ['1', '2']), 20, 30)];
    expect(said(noLostEdit(history))).toBe('holds');
  });
  it('find one that another has overwritten', () =>
    expect(said(noLostEdit([op(edit('1'), 0, 10), op(edit('2'), 0, 12), op(read({}, ['2']), 20, 30)]))).toMatch(
      /does not find 1, acknowledged 10 ms before/,
    ));
  it('find one that is there twice, and one of nobody', () => {
    expect(said(noLostEdit([op(edit('1'), 0, 10), op(read({}, ['1', '1']), 20, 30)]))).toMatch(/twice/);
    expect(said(noLostEdit([op(edit('1'), 0, 10), op(read({}, ['1', '9']), 20, 30)]))).toMatch(/9 is nobody/);
  });
  it('do not hold for a history of nothing', () => expect(said(noLostEdit([]))).toMatch(/nothing was edited/));
});

const visitOf = (isSameSession: boolean): OpBody => ({
  do: 'visit',
  object: 's',
  sid: 's/1',
  counted: { inSession: 1, inAll: 1, isSameSession },
});

describe('an end', () => {
  const end = op({ do: 'end', sid: 's/1' }, 0, 10);
  it('holds where late writes are refused, and a visit gets another session', () =>
    expect(said(noResurrection([end, op(set('a'), 20, 30, 'fail'), op(visitOf(false), 20, 30)]))).toBe('holds'));
  it('holds where a write is beside it', () =>
    expect(said(noResurrection([end, op(set('a'), 5, 30), op(read({}), 20, 30, 'fail')]))).toBe('holds'));
  it.each([
    ['write', set('a')],
    ['read', read({})],
    ['visit', visitOf(true)],
    ['edit', { ...edit('1'), sid: 's/1' } as OpBody],
  ])('finds a late %s that comes through', (_name, body) =>
    expect(said(noResurrection([end, op(body, 20, 30)]))).toMatch(/finds s\/1 10 ms after its end/),
  );
  it('is also the change of an id', () => {
    const turn = op({ do: 'rotate', object: 's', sid: 's/1', key: 'k' }, 0, 10);
    expect(said(noResurrection([turn, op(read({}), 20, 30)]))).toMatch(/finds s\/1/);
  });
  it('that is asked for again under its key holds, and under another one is found', () => {
    const turn = (key: string, atMs: number) => op({ do: 'rotate', object: 's', sid: 's/1', key }, atMs, atMs + 5);
    const refused = op(read({}), 40, 50, 'fail');
    expect(said(noResurrection([turn('k', 0), turn('k', 20), refused]))).toBe('holds');
    expect(said(noResurrection([turn('k', 0), turn('other', 20), refused]))).toMatch(/rotate of c finds s\/1/);
  });
  it('does not hold where nobody came late', () => expect(said(noResurrection([end]))).toMatch(/nobody used/));
});

const turned = (outcome: OperationOutcome) => op({ do: 'rotate', object: 's', sid: 's/1', key: 'k' }, 0, 10, outcome);

describe('what is shared', () => {
  it('holds where it is read at the end, or its new id got lost', () => {
    expect(said(sharedStays([op(read({}), 20, 30, 'ok', LAST)], ['s']))).toBe('holds');
    expect(said(sharedStays([turned('unknown')], ['s']))).toBe('holds');
    expect(said(sharedStays([turned('unknown'), turned('ok')], ['s']))).toMatch(/gone/);
  });
  it('is found to be gone', () => expect(said(sharedStays([turned('ok'), op(read({}), 0, 1)], ['s']))).toMatch(/gone/));
});

const presented = (isAdopted: boolean) => op({ do: 'present', sid: 's/1', isAdopted }, 0, 10);

describe('an unknown id', () => {
  it('holds where it is replaced', () => expect(said(noAdoption([presented(false)]))).toBe('holds'));
  it('is found to be adopted', () =>
    expect(said(noAdoption([presented(false), presented(true)]))).toMatch(/s\/1 does/));
  it('does not hold where none was presented', () => expect(said(noAdoption([]))).toMatch(/no unknown id/));
});

const counted = (key: string, number: number | undefined, outcome: OperationOutcome = 'ok') =>
  op({ do: 'count', counter: 'n', key, ...(number === undefined ? {} : { count: number }) }, 0, 10, outcome);
const finals = (number: number) => new Map([['n', number]]);

describe('keys that count', () => {
  const history = [counted('a', undefined, 'unknown'), counted('a', 1), counted('b', 2), counted('b', 2)];
  it('hold where one that was sent twice counts once', () =>
    expect(said(countedOnce(history, finals(2)))).toBe('holds'));
  it('hold where an unknown one counts or not', () => {
    for (const number of [2, 3])
      expect(said(countedOnce([...history, counted('c', undefined, 'unknown')], finals(number)))).toBe('holds');
  });
  it('find one that counts twice', () =>
    expect(said(countedOnce(history, finals(3)))).toMatch(/is 3 .* counted twice/));
  it('find one that was answered anew', () =>
    expect(said(countedOnce([...history, counted('b', 3)], finals(3)))).toMatch(/b was answered 2 and 3/));
  it('find one number for two', () =>
    expect(said(countedOnce([...history, counted('c', 2)], finals(3)))).toMatch(/2 was given to two/));
  it('find a lost one, and a counter that is not there', () => {
    expect(said(countedOnce(history, finals(1)))).toMatch(/lost/);
    expect(said(countedOnce(history, new Map()))).toMatch(/not known/);
  });
  it('do not hold where nothing was sent twice', () =>
    expect(said(countedOnce([counted('a', 1)], finals(1)))).toMatch(/nothing was sent twice/));
});

const visited = (inSession: number, inAll: number, outcome: OperationOutcome = 'ok') =>
  op({ do: 'visit', object: 's', sid: 's/1', counted: { inSession, inAll, isSameSession: true } }, 0, 10, outcome);

describe('visits of a shared session', () => {
  const lost = op({ do: 'visit', object: 's', sid: 's/1' }, 0, 10, 'unknown');
  const last = (number: number) => op({ ...read({}), count: number } as OpBody, 20, 30);
  it('hold one for one, an unknown one or not', () => {
    expect(said(visitsOnce([visited(1, 7), visited(2, 8), last(2)], 2))).toBe('holds');
    for (const number of [1, 2]) expect(said(visitsOnce([visited(1, 7), lost, last(number)], number))).toBe('holds');
  });
  it('find a number that was given twice, in the session and in all', () => {
    expect(said(visitsOnce([visited(1, 7), visited(1, 8)], 2))).toMatch(/visit 1 was given twice/);
    expect(said(visitsOnce([visited(1, 7), visited(2, 7)], 2))).toMatch(/7 of all/);
  });
  it('find one that is counted twice, and one that is lost', () => {
    expect(said(visitsOnce([visited(1, 7), last(2)], 1))).toMatch(/count of s is 2 .* counted twice/);
    expect(said(visitsOnce([visited(1, 7), visited(2, 8), last(1)], 2))).toMatch(/count of s is 1 .* lost/);
    expect(said(visitsOnce([visited(1, 7)], 2))).toMatch(/global count is 2 .* counted twice/);
    expect(said(visitsOnce([visited(1, 7)], 0))).toMatch(/global count is 0 .* lost/);
  });
});

const lookAt = (key: string, leftMs: number) => [{ atMs: 5, keys: [{ key, leftMs }] }];

const move = (movedTo: string | undefined) =>
  op({ do: 'rotate', object: 's', sid: 's/1', key: 'k', ...(movedTo === undefined ? {} : { movedTo }) }, 0, 10);
const told = (reason: string): Op => ({ ...op(edit('1'), 0, 10), reason });

describe('answers', () => {
  it.each(['200', '404 session_not_found', '412 version_conflict', '409 idempotency_in_flight', '503', 'ECONNRESET'])(
    'may be %s',
    (reason) => expect(said(noUnexpectedAnswer([told(reason)]))).toBe('holds'),
  );
  it.each(['500 internal', '400 invalid_input', '422 idempotency_mismatch', '404 value_not_found', '409 other'])(
    'may not be %s',
    (reason) => expect(said(noUnexpectedAnswer([told(reason)]))).toMatch(`edit of c: ${reason}`),
  );
  it.each(['200', '201', '409 idempotency_in_flight', 'no answer within 12 ms'])('refuse nobody: %s', (reason) =>
    expect(said(noneRefused([told(reason)]))).toBe('holds'),
  );
  it.each(['503 state_unavailable', '504', 'no answer within 5000 ms', 'ECONNRESET'])('refuse somebody: %s', (reason) =>
    expect(said(noneRefused([told(reason)]))).toMatch(`edit of c: ${reason}`),
  );
  it('are to be good some times for each kind of operation', () => {
    const all: OpBody[] = [
      set('a'),
      edit('1'),
      read({}),
      { do: 'visit', object: 's', sid: 's/1' },
      { do: 'count', counter: 'n', key: 'k' },
      { do: 'end', sid: 's/1' },
      { do: 'rotate', object: 's', sid: 's/1', key: 'k' },
      { do: 'present', sid: 's/1', isAdopted: false },
    ];
    const five = (outcome: OperationOutcome) =>
      Array.from({ length: 5 }, () => all.map((body) => op(body, 0, 1, outcome)));
    expect(said(allKindsDone(five('ok').flat()))).toBe('holds');
    expect(said(allKindsDone(five('ok').flat().slice(1)))).toBe('set was done 4 times');
    expect(said(allKindsDone(five('fail').flat()))).toMatch(/rotate was done 0 times|and \d more/);
  });
});

describe('changes of an id', () => {
  it('hold where each attempt is told the same', () =>
    expect(said(movedOnce([move(undefined), move('x'), move('x')]))).toBe('holds'));
  it('find one that is done twice', () => expect(said(movedOnce([move('x'), move('y')]))).toMatch(/2 ids/));
  it('do not hold where none was sent twice', () => expect(said(movedOnce([move('x')]))).toMatch(/nothing was sent/));
});

describe('keys of the store', () => {
  it.each(['nf:{s7}:session:abc', 'nf:{c}:window:w:400:1', 'nf:{i}:idem:x', 'nf:{r}:limit:x', 'nf:{l}:lease:x'])(
    '%s has to expire',
    (key) => {
      expect(said(allExpire(lookAt(key, 1_000)))).toBe('holds');
      expect(said(allExpire(lookAt(key, -1)))).toMatch(/has no expiry/);
      expect(said(allExpire(lookAt(key, 48 * 3_600_000)))).toMatch(/172800000 ms left/);
    },
  );
  it.each(['nf:{g}:global', 'nf:{c}:counter:a:session:b', 'nf:{v}:value:idem:', 'nf:{l}:fence', '{nf:demo}:meta'])(
    '%s may stay',
    (key) => expect(said(allExpire([...lookAt('nf:{s7}:session:abc', 9), ...lookAt(key, -1)]))).toBe('holds'),
  );
  it('are not shown whole where they are secrets', () =>
    expect(said(allExpire(lookAt('nf:{s7}:session:AbCdEfGhIj', -1)))).toMatch(/session:AbCd…/));
  it('do not hold where there was none', () => expect(said(allExpire([]))).toMatch(/no such key/));
});
