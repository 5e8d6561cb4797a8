/** What is known when a job has been taken. */
export interface Taken {
  /** This consumer takes no jobs at present. */
  readonly paused: boolean;
  /** It was active on a worker that died, and has not ended since. */
  readonly suspect: boolean;
  /** No job of its queue is to be taken here. */
  readonly closed: boolean;
  /** A suspect either: it is for another worker now. */
  readonly rests: boolean;
}

/** `release`: back to the head of the queue, for whoever can run it now. */
export type Start = 'together' | 'alone' | 'release';

/**
 * decideStart is how a job begins. Who died with a worker runs alone until it has ended: then only what kills workers by itself
 * is blamed for it. A suspect comes in where others are kept out, as they are for such ones.
 */
export function decideStart({ paused, suspect, closed, rests }: Taken): Start {
  if (paused || rests) return 'release';
  if (suspect) return 'alone';
  return closed ? 'release' : 'together';
}
