/**
 * The index to wait on next, 0 for a plain query. An index that went back comes from a registry that was wiped or
 * restored: waiting on the old one would sleep through every change until the new registry has caught up.
 */
export function nextIndex(waitedOn: number, answered: number): number {
  return answered < waitedOn ? 0 : answered;
}
