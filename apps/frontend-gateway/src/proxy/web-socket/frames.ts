const OP_CLOSE = 0x8;
/** RFC 6455, 7.4.1: the endpoint is going away. */
const GOING_AWAY = 1001;
const SHORT_MAX = 125;

const FIRST_LENGTH_BITS = 0x7f;
const MASKED = 0x80;
const OPCODE = 0x0f;
/** Two bytes, a length of up to eight, a mask of four. */
const HEAD_MAX = 14;

/** Length of a frame's head, by its second byte. */
const HEAD_LENGTHS = Uint8Array.from({ length: 256 }, (_, second) => {
  const short = second & FIRST_LENGTH_BITS;
  const lengthBytes = short <= SHORT_MAX ? 0 : short === 126 ? 2 : 8;
  return 2 + lengthBytes + (second & MASKED ? 4 : 0);
});

/**
 * FrameBoundary follows the frames of one direction of a WebSocket (RFC 6455, 5.2) in chunks, and reads no payload. Frames
 * may be as small as two bytes, so nothing is made for one.
 */
export class FrameBoundary {
  /** The begin of a head whose rest is in the next chunk. */
  private readonly head = new Uint8Array(HEAD_MAX);
  private headBytes = 0;
  private payloadLeft = 0;
  private closed = false;

  /** Nothing, or whole frames only, have passed. */
  get isBetween(): boolean {
    return this.headBytes === 0 && this.payloadLeft === 0;
  }

  /** A close frame has passed: another one would be a fault. */
  get hasClosed(): boolean {
    return this.closed;
  }

  /** @returns how many bytes of the chunk lead up to the first point between two frames in it, else all of them */
  pass(chunk: Uint8Array, stopAtBoundary: boolean): number {
    const end = chunk.length;
    let at = 0;
    while (at < end) {
      if (this.payloadLeft > 0) {
        const taken = Math.min(this.payloadLeft, end - at);
        this.payloadLeft -= taken;
        at += taken;
      } else if (this.headBytes > 0 || at + 1 === end || at + HEAD_LENGTHS[chunk[at + 1]!]! > end) {
        this.takeHeadByte(chunk[at]!);
        at += 1;
      } else {
        this.begin(chunk, at);
        at += HEAD_LENGTHS[chunk[at + 1]!]!;
      }
      if (stopAtBoundary && this.isBetween) return at;
    }
    return at;
  }

  private takeHeadByte(byte: number): void {
    this.head[this.headBytes] = byte;
    this.headBytes += 1;
    if (this.headBytes < 2 || this.headBytes < HEAD_LENGTHS[this.head[1]!]!) return;
    this.headBytes = 0;
    this.begin(this.head, 0);
  }

  /** A whole head is there. */
  private begin(bytes: Uint8Array, at: number): void {
    if ((bytes[at]! & OPCODE) === OP_CLOSE) this.closed = true;
    const short = bytes[at + 1]! & FIRST_LENGTH_BITS;
    if (short <= SHORT_MAX) {
      this.payloadLeft = short;
      return;
    }
    let length = 0;
    const lengthBytes = short === 126 ? 2 : 8;
    for (let byte = 0; byte < lengthBytes; byte += 1) length = length * 256 + bytes[at + 2 + byte]!;
    this.payloadLeft = length;
  }
}

/** goingAway is a close frame, code 1001. @param mask four random bytes towards a server, nothing towards a client */
export function goingAway(mask?: Uint8Array): Buffer {
  const code = [GOING_AWAY >> 8, GOING_AWAY & 0xff];
  if (mask === undefined) return Buffer.from([0x80 | OP_CLOSE, code.length, ...code]);
  return Buffer.from([
    0x80 | OP_CLOSE,
    0x80 | code.length,
    ...mask.subarray(0, 4),
    ...code.map((byte, at) => byte ^ mask[at]!),
  ]);
}
