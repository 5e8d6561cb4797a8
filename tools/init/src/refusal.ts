/** `Refusal` says what was not understood, and what to do about it. Nothing has been written. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
