import { expect, it } from '@jest/globals';
import { readAnswer } from './server-answer.ts';

const unknown = (kind: string): string =>
  `resource mapping not found for name: "api" namespace: "" from "STDIN": no matches for kind "${kind}" in version "a/v1"`;
const refusal =
  'Error from server (BadRequest): error when creating "STDIN": Deployment in version "v1" cannot be handled: strict decoding error: unknown field "spec.replica"';

it.each([
  ['what is well', true, 'Warning: x\n', [], []],
  ['a refusal', false, `${refusal}\n`, [refusal], []],
  [
    'kinds that are not installed',
    false,
    `[${unknown('HTTPRoute')}\nensure CRDs are installed first, ${unknown('Gateway')}\nensure CRDs are installed first]\n`,
    [],
    ['HTTPRoute', 'Gateway'],
  ],
  [
    'resources that a server before it had',
    false,
    'Error from server (NotFound): error when creating "STDIN": the server could not find the requested resource (post scaledobjects.keda.sh)\n',
    [],
    ['scaledobjects'],
  ],
  ['both', false, `${unknown('HTTPRoute')}\nensure CRDs are installed first\n${refusal}`, [refusal], ['HTTPRoute']],
  ['a fault without words', false, '\n', ['kubectl failed without a word'], []],
])('readAnswer of %s', (_name, isWell, err, refused, unknownKinds) => {
  expect(readAnswer({ isWell, err })).toEqual({ refused, unknownKinds });
});
