import type { StoredValue } from '@nestfleet/contracts';
import type { OpBody } from './op.ts';
import { type Recorder, type Reply, bodyOf } from './recorder.ts';
import { json } from './shared-session.ts';
import type { Step } from './session-clients.ts';

const tokensIn = (value: string): string[] => (value === '' ? [] : value.split(' '));

export const valueObject = (key: string): string => `value ${key}`;

export function readValue(reply: Reply, object: string): OpBody[] {
  const { value } = bodyOf<StoredValue>(reply);
  return value === undefined ? [] : [{ do: 'read', object, fields: {}, tokens: tokensIn(value) }];
}

/** Makes the value that editors share, empty. */
export const makeValue = (by: Recorder, key: string): Promise<Reply> =>
  by.send(undefined, `/values/${key}`, { method: 'PUT', ...json({ value: '' }) });

/** Reads a value, adds a token, and writes it over the version that it has read. */
export function valueEditor(by: Recorder, key: string): Step {
  const object = valueObject(key);
  return async () => {
    const seen = await by.send(undefined, `/values/${key}`, {}, (reply) => readValue(reply, object));
    const { value } = bodyOf<StoredValue>(seen);
    const etag = seen.answer?.headers.etag;
    if (value === undefined || etag === undefined) return;
    const token = by.fresh();
    const changed = { value: [...tokensIn(value), token].join(' ') };
    await by.send(
      undefined,
      `/values/${key}`,
      { method: 'PUT', ...json(changed, { 'if-match': etag }) },
      (reply): OpBody[] => [{ do: 'edit', object, token }, ...readValue(reply, object)],
    );
  };
}
