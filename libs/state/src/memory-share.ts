/**
 * SPARED_FROM_SHARE: with more of the memory of Redis in use nothing is taken that can be refused: no new idempotency key, and no
 * value that asks for room. The rest is for what is written all the same, responses among it.
 */
export const SPARED_FROM_SHARE = 0.75;
