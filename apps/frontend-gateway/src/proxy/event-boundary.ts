const LF = 0x0a;
const CR = 0x0d;

/**
 * EventBoundary finds the blank lines between the events of a text/event-stream that passes in chunks. Lines end with LF, CR, or both.
 * Bytes and not characters, so a character that is cut by a chunk does not matter.
 */
export class EventBoundary {
  private lineIsEmpty = true;
  private afterCr = false;
  private between = true;

  /** Nothing, or whole events only, have passed. */
  get isBetween(): boolean {
    return this.between;
  }

  /** @returns how many bytes of the chunk lead up to the first point between two events in it, else all of them */
  pass(chunk: Uint8Array, stopAtBoundary: boolean): number {
    for (let at = 0; at < chunk.length; at += 1) {
      this.take(chunk[at]!);
      if (stopAtBoundary && this.between) return at + 1;
    }
    return chunk.length;
  }

  private take(byte: number): void {
    const isSecondOfCrLf = byte === LF && this.afterCr;
    this.afterCr = byte === CR;
    if (isSecondOfCrLf) return;
    if (byte !== LF && byte !== CR) {
      this.lineIsEmpty = false;
      this.between = false;
      return;
    }
    this.between = this.lineIsEmpty;
    this.lineIsEmpty = true;
  }
}
