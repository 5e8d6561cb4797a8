const OP_CLOSE = 0x8;
/** RFC 6455, 7.4.1: the endpoint is going away. */
const GOING_AWAY = 1001;
const SHORT_MAX = 125;

/** FrameBoundary follows the frames of one direction of a WebSocket (RFC 6455, 5.2) in chunks, and reads no payload. */
export class FrameBoundary {
  private readonly head: number[] = [];
  private payloadLeft = 0;
  private closed = false;

  /** Nothing, or whole frames only, have passed. */
  get isBetween(): boolean {
    return this.head.length === 0 && this.payloadLeft === 0;
  }

  /** A close frame has passed: another one would be a fault. */
  get hasClosed(): boolean {
    return this.closed;
  }

  /** @returns how many bytes of the chunk lead up to the first point between two frames in it, else all of them */
  pass(chunk: Uint8Array, stopAtBoundary: boolean): number {
    let at = 0;
    while (at < chunk.length) {
      if (this.payloadLeft > 0) {
        const taken = Math.min(this.payloadLeft, chunk.length - at);
        this.payloadLeft -= taken;
        at += taken;
      } else {
        this.head.push(chunk[at]!);
        at += 1;
        this.endHead();
      }
      if (stopAtBoundary && this.isBetween) return at;
    }
    return at;
  }

  private endHead(): void {
    const { head } = this;
    const short = (head[1] ?? 0) & 0x7f;
    const lengthBytes = short <= SHORT_MAX ? 0 : short === 126 ? 2 : 8;
    const maskBytes = (head[1] ?? 0) & 0x80 ? 4 : 0;
    if (head.length < 2 || head.length < 2 + lengthBytes + maskBytes) return;
    const extended = head.slice(2, 2 + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0);
    this.payloadLeft = lengthBytes === 0 ? short : extended;
    this.closed ||= (head[0]! & 0x0f) === OP_CLOSE;
    head.length = 0;
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
