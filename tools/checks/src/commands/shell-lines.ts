/** One simple command of a shell text: its words, and the variables that are set for it alone. */
export interface ShellCommand {
  words: readonly string[];
  variables: readonly string[];
  /** Line of the text, from 0. */
  line: number;
}

/**
 * Splits a shell text into its simple commands, as far as documents use the shell: `&&`, `|`, `;`, `&`, loops, `$(…)`,
 * and variables that the text itself sets.
 */
export function shellCommands(text: string): ShellCommand[] {
  const set = new Map<string, string>();
  return text.split('\n').flatMap((raw, line) => {
    let known = withoutComment(raw);
    for (const [name, value] of set) known = known.replaceAll(new RegExp(`\\$${name}\\b`, 'g'), value);
    const inner = [...known.matchAll(/\$\(([^()]*)\)/g)].map(([, command = '']) => command);
    const outer = known.replace(/\$\([^()]*\)/g, 'VALUE');
    const [, name, value] = /^(\w+)=(?:'([^']*)'|VALUE)$/.exec(outer.trim()) ?? [];
    if (name !== undefined) set.set(name, value ?? 'VALUE');
    const parts = name === undefined ? split(outer) : [];
    return [...inner, ...parts].map((part) => ({ ...simple(part), line })).filter(({ words }) => words.length > 0);
  });
}

function withoutComment(line: string): string {
  return line.replace(/(^|\s)#.*$/, '');
}

/** Quotes are kept whole. */
const token = /'[^']*'|"[^"]*"|&&|[;|&]|[^\s'";|&]+/g;

function split(line: string): string[] {
  const parts: string[][] = [[]];
  for (const [word] of glued(line).matchAll(token)) {
    if (/^(&&|[;|&])$/.test(word)) parts.push([]);
    else parts.at(-1)?.push(word);
  }
  return parts.map((part) => part.join(' ').replaceAll('\u0000', ' '));
}

/** A quoted part within a word (`--x='a b'`) belongs to that word. */
function glued(line: string): string {
  return line.replace(/=('[^']*'|"[^"]*")/g, (_, quoted: string) => `=${quoted.slice(1, -1).replaceAll(' ', '_')}`);
}

function simple(part: string): { words: string[]; variables: string[] } {
  const words = part
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words[0] === 'for' || words[0] === 'done') return { words: [], variables: [] };
  if (words[0] === 'do' || words[0] === 'exec') words.shift();
  const variables: string[] = [];
  while (words[0] !== undefined && /^[A-Z_]+=/.test(words[0]))
    variables.push((words.shift() ?? '').split('=')[0] ?? '');
  return { words, variables };
}
