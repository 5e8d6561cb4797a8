/** What BullMQ's scripts answer where a job is not, or no longer, of who asks: it is gone, unlocked, not active, another's. */
const NOT_OURS = new Set([-1, -2, -3, -6]);

/** `finishedCode` is the number that a script of BullMQ answered instead of ending an attempt; undefined for any other fault. */
export const finishedCode = (fault: unknown): number | undefined =>
  fault instanceof Error && 'code' in fault && typeof fault.code === 'number' ? fault.code : undefined;

/** Whether that answer may be out of date, or that of a job which was taken from us. All others stay as they are. */
export const isLost = (code: number): boolean => NOT_OURS.has(code);
