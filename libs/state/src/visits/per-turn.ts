/** Collects what comes in one turn of the event loop and hands it over, in order, at the turn's end. */
export function perTurn<T>(
  flush: (items: T[]) => void,
  schedule: (work: () => void) => unknown = setImmediate,
): (item: T) => void {
  let items: T[] = [];
  return (item) => {
    if (items.push(item) > 1) return;
    schedule(() => {
      const turn = items;
      items = [];
      flush(turn);
    });
  };
}
