/** A package scope, an image and a host name can be this long, with what is written behind them. */
const LENGTH_MAX = 30;

/** nameFault says why a word cannot be the name of a repository, undefined when it can. */
export function nameFault(word: string): string | undefined {
  if (word === '') return 'say the new name: make rename NAME=acme';
  if (word.length <= LENGTH_MAX && /^[a-z](-?[a-z0-9])*$/.test(word)) return undefined;
  return (
    `NAME is "${word}", expected small letters and digits, a letter first, with single hyphens between them, ` +
    `${LENGTH_MAX} characters at most`
  );
}

/** Spellings are the forms in which texts write one name. */
export interface Spellings {
  /** `SOUR_QUINCE`, of variables of the environment. */
  readonly constant: string;
  /** `Sour-Quince`, of header fields. */
  readonly train: string;
  /** `SourQuince`, of types. */
  readonly pascal: string;
  /** `Sour Quince`, for people. */
  readonly title: string;
  /** `sour_quince`, of metrics. */
  readonly snake: string;
  /** `sourQuince`, of functions. */
  readonly camel: string;
  /** `sour-quince`, the name itself: of packages, images and hosts. */
  readonly kebab: string;
}

/** spellingsOf writes a valid name in every form. A name of one word has the same text in several. */
export function spellingsOf(name: string): Spellings {
  const words = name.split('-');
  const capitalised = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  const [first = '', ...others] = capitalised;
  return {
    constant: words.join('_').toUpperCase(),
    train: capitalised.join('-'),
    pascal: capitalised.join(''),
    title: capitalised.join(' '),
    snake: words.join('_'),
    camel: first.toLowerCase() + others.join(''),
    kebab: name,
  };
}
