import { importsOf, type Source, textOf } from './source.ts';

/** `Style` is how a file is written, so that what is put in does not look foreign. */
export interface Style {
  readonly quote: string;
  readonly semicolon: string;
  readonly newline: string;
}

export function styleOf(source: Source): Style {
  const [first] = importsOf(source);
  const words = first === undefined ? "'';" : textOf(source, first);
  return {
    quote: words.includes('"') ? '"' : "'",
    semicolon: words.endsWith(';') ? ';' : '',
    newline: source.text.includes('\r\n') ? '\r\n' : '\n',
  };
}
