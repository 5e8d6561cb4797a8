/** How many lines of its own files an app has changed at most, as it was generated. A spec holds README.md to it. */
export const LINES_MAX = 15;
