/** What is known when a job has been taken. */
export interface Taken {
  /** This consumer takes no jobs at present. */
  readonly paused: boolean;
  /** It was active on a worker that died, and has not ended since. */
  readonly suspect: boolean;
  /** No job of its queue is to be taken, because another one runs alone in this process or waits until it can. */
  readonly closed: boolean;
  /** Another job does so, whether its queue is closed or not. */
  readonly othersHeld: boolean;
}

/** `release`: back to the head of the queue, for whoever can run it now. */
export type Start = 'together' | 'alone' | 'release';

/**
 * decideStart is how a job begins. Who died with a worker runs alone until it has ended: then only what kills workers by itself
 * is blamed for it.
 */
export function decideStart({ paused, suspect, closed, othersHeld }: Taken): Start {
  if (paused || closed) return 'release';
  if (!suspect) return 'together';
  return othersHeld ? 'release' : 'alone';
}
