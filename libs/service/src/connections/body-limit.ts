/** BODY_LIMIT_BYTES is the largest body that is read. */
export const BODY_LIMIT_BYTES = 256 * 1024;
