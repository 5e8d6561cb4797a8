import { StateError } from '../errors.ts';

const WINDOW_MAX_MS = 31_536_000_000;

export function requireWindow(windowMs: number): number {
  if (Number.isInteger(windowMs) && windowMs >= 1 && windowMs <= WINDOW_MAX_MS) return windowMs;
  throw new StateError('invalid_window', `a window is 1 to ${WINDOW_MAX_MS} ms long, not ${windowMs}`);
}
