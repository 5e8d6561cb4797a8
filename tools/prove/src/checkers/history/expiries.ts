import type { KeysAt } from '../../history/store.ts';
import { type Finding, finding } from '../finding.ts';

/** Keys of the state that may not stay: one each for a client, a request or a stretch of time, so they grow for ever. */
const MUST_EXPIRE = /^[^:]+:\{[^}]+\}:(session|applied|window|lease|idem|limit):/;
/** Nothing of them lives longer: sessions end after a day, idempotency keys are kept for one. */
const LEFT_MS_MAX = 24 * 60 * 60_000 + 60_000;

/** No key lives for ever that should not, at no moment: a count and its expiry are one step. */
export function allExpire(looks: readonly KeysAt[]): Finding {
  const meant = looks.flatMap(({ keys, atMs }) =>
    keys.filter(({ key }) => MUST_EXPIRE.test(key)).map((each) => ({ ...each, atMs })),
  );
  const firstMs = looks[0]?.atMs ?? 0;
  const bad = meant.filter(({ leftMs }) => leftMs === -1 || leftMs > LEFT_MS_MAX);
  const byKey = [...Map.groupBy(bad, ({ key }) => key).values()].flatMap(([first]) => first ?? []);
  return finding(`all of ${meant.length} keys in ${looks.length} looks expire`, [
    ...(meant.length === 0 ? ['there was no such key'] : []),
    ...byKey.map(
      ({ key, leftMs, atMs }) =>
        `${kindOf(key)} has ${leftMs === -1 ? 'no expiry' : `${leftMs} ms left`} ${Math.round(atMs - firstMs)} ms after the first look`,
    ),
  ]);
}

/** Without the end of it: the id of a session is a secret. */
const kindOf = (key: string): string => key.replace(/(:session:.{4}).*/, '$1…');
