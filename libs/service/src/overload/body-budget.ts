/** BodyBudget bounds the bytes of request bodies that are held before their requests have begun. */
export class BodyBudget<K> {
  /** Of which a part has not come, the oldest first. */
  private readonly coming = new Map<K, () => void>();
  private readonly bytesOf = new Map<K, number>();
  private held = 0;

  constructor(private readonly bytesMax: number) {}

  /** Bytes that the bodies have which are coming, or wait whole for the turn of their requests. */
  get bytes(): number {
    return this.held;
  }

  /**
   * A body is on its way. Where that is too much, those that have been on their way for longest make room: whoever comes
   * quickly is never kept out by those who come slowly. Only where all others are whole, it is this one.
   * @param bytes its announced length
   * @param refuse is called where it has to go; it counts no more then
   */
  begin(body: K, bytes: number, refuse: () => void): void {
    this.coming.set(body, refuse);
    this.bytesOf.set(body, bytes);
    this.held += bytes;
    for (const [oldest, refuseOldest] of this.coming) {
      if (this.held <= this.bytesMax) return;
      this.end(oldest);
      refuseOldest();
    }
  }

  /** All of it has come, and its request waits: it is held still, and is not refused for others. */
  complete(body: K): void {
    this.coming.delete(body);
  }

  /** Its request has begun, or never will; without effect on one that does not count. */
  end(body: K): void {
    this.coming.delete(body);
    this.held -= this.bytesOf.get(body) ?? 0;
    this.bytesOf.delete(body);
  }
}
