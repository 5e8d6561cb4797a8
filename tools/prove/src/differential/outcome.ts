import { problem, PROBLEM_MEDIA_TYPE, REQUEST_ID_HEADER } from '@nestfleet/contracts';
import type { Said } from './byte-client.ts';
import type { ProxyCase } from './case.ts';

interface Head {
  readonly first: string;
  /** By name in lower case, in order. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

function headOf(text: string): Head {
  const [first = '', ...lines] = text.split('\r\n');
  const fields = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { first, fields };
}

const valueOf = ({ fields }: Head, name: string): string | undefined => fields.find(([each]) => each === name)?.[1];

/** What is long would hide the rest. */
const VALUE_LENGTH_MAX = 60;
/** Bytes that are no ASCII as `\xe9`, so that a table of text can hold them; the replica's own address has another port each time. */
const printable = (text: string): string =>
  text
    .replaceAll(/127\.0\.0\.1:\d+/g, 'ADDRESS')
    .slice(0, VALUE_LENGTH_MAX)
    .replaceAll(/[^ -~]/g, (byte) => String.raw`\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
const told = (head: Head, names: readonly string[] = []): string[] =>
  names.flatMap((name) => {
    if (name === '*')
      return [
        head.fields
          .map(([each]) => each)
          .toSorted()
          .join(','),
      ];
    if (name.startsWith('='))
      return head.fields.filter(([, value]) => value === name.slice(1)).map(([each]) => `${each}${name}`);
    if (name === ':line') return [printable(head.first)];
    return head.fields.filter(([each]) => each === name).map(([, value]) => `${name}=${printable(value)}`);
  });

/**
 * outcomeOf is what the client saw, and behind an arrow what the replica saw, in a line that two edge proxies can be
 * compared by: `400 bad_request`, `103, 200`, `200 -> host=a`. A problem is named by its code; `without id` means that its
 * id is not the one in its header, `cut` that the answer is not whole, `and more` that something follows it.
 */
export function outcomeOf({ tells }: ProxyCase, said: Said, requests: readonly string[]): string {
  const client = clientOutcome(said, tells?.answer);
  if (requests.length === 0) return client;
  const seen = requests.map((request) => {
    const headEnd = request.indexOf('\r\n\r\n');
    return told(headOf(request.slice(0, headEnd)), tells?.request).join(' ') || 'forwarded';
  });
  return `${client} -> ${seen.join(' and ')}`;
}

function clientOutcome({ text, end }: Said, names: readonly string[] | undefined): string {
  const interim: string[] = [];
  let rest = text;
  for (;;) {
    const headEnd = rest.indexOf('\r\n\r\n');
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(rest)?.[1];
    if (headEnd < 0 || status === undefined)
      return [...interim, rest === '' ? 'closed' : `not HTTP: ${printable(rest.slice(0, 3))}`].join(', ');
    const head = headOf(rest.slice(0, headEnd));
    const body = rest.slice(headEnd + 4);
    if (/^1(?!01)/.test(status)) {
      interim.push([status, ...told(head, names)].join(' '));
      rest = body;
      continue;
    }
    const words = [status, sourceOf(head, body), ...told(head, names), bodyFault(head, body, end)];
    return [...interim, words.filter((word) => word !== '').join(' ')].join(', ');
  }
}

/** Whose answer it is: nothing for the replica's, a problem's code, or the media type of whatever else. */
function sourceOf(head: Head, body: string): string {
  const type = valueOf(head, 'content-type') ?? '';
  if (type === '') return Number(/ (\d{3})/.exec(head.first)?.[1]) >= 400 && body === '' ? 'bare' : '';
  if (!type.startsWith(PROBLEM_MEDIA_TYPE)) return /^text\/(\w+)/.exec(type)?.[1] ?? type;
  const read = problem.safeParse(JSON.parse(body.slice(0, Number(valueOf(head, 'content-length') ?? body.length))));
  if (!read.success) return 'no problem';
  const { code, request_id } = read.data;
  return request_id !== '' && valueOf(head, REQUEST_ID_HEADER) === request_id ? code : `${code} without id`;
}

/** How the body differs from what its head says; empty where it does not. */
function bodyFault(head: Head, body: string, end: Said['end']): '' | 'cut' | 'and more' {
  if (end === 'reset') return 'cut';
  const coding = valueOf(head, 'transfer-encoding');
  const length = valueOf(head, 'content-length');
  if (/ (?:101|204|304)\b/.test(head.first)) return body === '' ? '' : 'and more';
  if (coding !== undefined) return /(?:^|\r\n)0\r\n(?:[^\r\n]+\r\n)*\r\n$/.test(body) ? '' : 'cut';
  if (length === undefined) return end === 'end' ? '' : 'cut';
  if (body.length === Number(length)) return '';
  return body.length < Number(length) ? 'cut' : 'and more';
}
