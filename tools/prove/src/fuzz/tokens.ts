/**
 * The name of one request, in its path and in its `x-request-id`. An valid answer repeats it, so one that holds another
 * request's is somebody else's answer.
 */
export const tokenOf = (connection: number, request: number): string => `tok${connection}x${request}z`;

/** What a replica says unasked, in one piece with the answer that it was asked for. */
export const UNASKED_TOKEN = 'tok0x999z';
/** And what it says unasked later on. HTTP has no way to tell it from the answer to the next request. */
export const LATE_WORDS = 'late and unasked';

export const tokensIn = (text: string): string[] => [...new Set(text.match(/tok\d+x\d+z/g))];
