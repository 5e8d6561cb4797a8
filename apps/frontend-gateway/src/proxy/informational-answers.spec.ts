import { maxHeaderSize } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { InformationalAnswers } from './informational-answers.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** What a reader gets of these pieces, the first of which is the first behind a request, and of the end behind them. */
function read(...pieces: string[]): string {
  const answers = new InformationalAnswers();
  answers.await();
  const left = pieces.map((piece) => answers.pass(bytes(piece)));
  return Buffer.concat([...left, answers.rest()].filter((each) => each !== undefined)).toString('latin1');
}

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const EARLY = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\nx: \xe9\r\n\r\n';
const ANSWER = `HTTP/1.1 200 OK\r\ncontent-length: 25\r\n\r\n${CONTINUE}`;

describe('100 Continue', () => {
  it.each([
    ['none', ANSWER, ANSWER],
    ['one', CONTINUE + ANSWER, ANSWER],
    ['several', CONTINUE + EARLY + CONTINUE + EARLY + ANSWER, EARLY + EARLY + ANSWER],
    ['no answer behind it', CONTINUE, ''],
    ['no answer behind another one', EARLY, EARLY],
    ['one that is cut', `${CONTINUE}HTTP/1.1 103 Ea`, 'HTTP/1.1 103 Ea'],
    ['one whose code is cut', 'HTTP/1.1 10', 'HTTP/1.1 10'],
    ['a change of the protocol', `HTTP/1.1 101 X\r\n\r\n${CONTINUE}`, `HTTP/1.1 101 X\r\n\r\n${CONTINUE}`],
    ['a code of four digits', 'HTTP/1.1 1000 X\r\n\r\n', 'HTTP/1.1 1000 X\r\n\r\n'],
    ['no HTTP', 'SSH-2.0-x\r\n\r\n', 'SSH-2.0-x\r\n\r\n'],
  ])('is dropped, and nothing else is, wherever the pieces are cut: %s', (_what, text, left) => {
    expect(read(text)).toBe(left);
    expect(read(...text.split(''))).toBe(left);
    for (let at = 1; at < text.length; at += 1) expect(read(text.slice(0, at), text.slice(at))).toBe(left);
  });

  it('is dropped before the answer of each request, and not within one', () => {
    const answers = new InformationalAnswers();
    for (let request = 0; request < 3; request += 1) {
      answers.await();
      expect(answers.pass(bytes(CONTINUE))).toBeUndefined();
      expect(answers.pass(bytes(ANSWER))?.toString('latin1')).toBe(ANSWER);
      expect(answers.pass(bytes(CONTINUE))?.toString('latin1')).toBe(CONTINUE);
    }
  });

  it('is not held back beyond the size of a head', () => {
    const start = `HTTP/1.1 103 X\r\nx: ${'a'.repeat(maxHeaderSize)}`;
    expect(new InformationalAnswers().pass(bytes(start))).toHaveLength(start.length);
    const answers = new InformationalAnswers();
    answers.await();
    expect(answers.pass(bytes(start))).toHaveLength(start.length);
  });
});
