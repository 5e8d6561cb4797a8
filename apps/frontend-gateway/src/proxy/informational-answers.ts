import { subscribe } from 'node:diagnostics_channel';
import { maxHeaderSize } from 'node:http';
import type { Socket } from 'node:net';

const CONTINUE = /^HTTP\/1\.1 100[ \r]/;
/** Any of 102 to 199: behind a 101 the connection is no HTTP any more. */
const INFORMATIONAL = /^HTTP\/1\.1 1(?!0[01])\d\d[ \r]/;
const STATUS_LINE = 'HTTP/1.1 1';
/** The status line up to its code, and one character behind it. */
const CODE_END = 13;
const HEAD_END = '\r\n\r\n';
const FIRST_DIGIT = 9;
const ONE = 0x31;

/**
 * InformationalAnswers drops each 100 before the answer of a request; the other 1xx go on. undici takes a 100 that it did not ask for to be
 * the end of the connection, and no option of it says otherwise. No client waits for it: who sent `Expect` was told by us.
 */
export class InformationalAnswers {
  private isAwaited = false;
  private held: Buffer | undefined;

  /** A request goes out: what comes next is the head of an answer. */
  await(): void {
    this.isAwaited = true;
  }

  /** @returns what is left of the chunk for the reader; undefined while it cannot be told what the chunk begins with */
  pass(chunk: Buffer): Buffer | undefined {
    if (!this.isAwaited) return chunk;
    // Most answers come in one chunk, and are none of these.
    const isOther = !this.held && chunk.length >= CODE_END && chunk[FIRST_DIGIT] !== ONE;
    return isOther ? this.deliver(chunk) : this.drop(this.held ? Buffer.concat([this.held, chunk]) : chunk);
  }

  /** What was held back, when nothing more comes. */
  rest(): Buffer | undefined {
    return this.deliver(this.held);
  }

  private drop(bytes: Buffer): Buffer | undefined {
    const kept: Buffer[] = [];
    let from = 0;
    for (;;) {
      const start = bytes.toString('latin1', from, from + CODE_END);
      if (start.length < CODE_END && STATUS_LINE.startsWith(start.slice(0, STATUS_LINE.length))) break;
      const isContinue = CONTINUE.test(start);
      if (!isContinue && !INFORMATIONAL.test(start))
        return this.deliver(Buffer.concat([...kept, bytes.subarray(from)]));
      const end = bytes.indexOf(HEAD_END, from);
      if (end < 0 && bytes.length - from > maxHeaderSize)
        return this.deliver(Buffer.concat([...kept, bytes.subarray(from)]));
      if (end < 0) break;
      if (!isContinue) kept.push(bytes.subarray(from, end + HEAD_END.length));
      from = end + HEAD_END.length;
    }
    this.held = bytes.subarray(from);
    return kept.length === 0 ? undefined : Buffer.concat(kept);
  }

  private deliver<B extends Buffer | undefined>(bytes: B): B {
    this.isAwaited = false;
    this.held = undefined;
    return bytes;
  }
}

const bySocket = new WeakMap<Socket, InformationalAnswers>();

/** Before anybody reads from it. Overrides the method that Node documents for makers of streams. */
export function dropUnaskedContinue(socket: Socket): void {
  const answers = new InformationalAnswers();
  bySocket.set(socket, answers);
  const push = socket.push.bind(socket);
  socket.push = (chunk: Buffer | null) => {
    if (chunk !== null) {
      const left = answers.pass(chunk);
      return left === undefined || push(left);
    }
    const rest = answers.rest();
    if (rest) push(rest);
    return push(null);
  };
}

// Told right before the first byte of a request is written. It tells of other clients in this process too.
subscribe('undici:client:sendHeaders', (message) => bySocket.get((message as { socket: Socket }).socket)?.await());
