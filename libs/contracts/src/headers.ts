/** Headers that the fleet's parts exchange, lower case as Node reads them. */
export const SERVED_BY_HEADER = 'x-served-by';
export const REQUEST_ID_HEADER = 'x-request-id';
export const DEADLINE_HEADER = 'x-deadline-ms';
export const FORWARDED_PREFIX_HEADER = 'x-forwarded-prefix';
