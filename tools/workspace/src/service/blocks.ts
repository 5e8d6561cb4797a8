/**
 * Blocks are the children of a mapping in a text that is indented by two spaces: a key with the deeper lines below it. The
 * Compose files and the table of services are such texts. Comments, anchors and the spelling of all other lines stay.
 */

const isCode = (line: string): boolean => !/^\s*($|#|\/\/)/.test(line);
const indentOf = (line: string): number => line.search(/\S/);
/** A comment may stand behind it. */
const says = (line: string, text: string): boolean =>
  line === text || /^\s+#/.test(line.startsWith(text) ? line.slice(text.length) : '');

/** linesOfBlock are the lines of the block whose first line has this text: `[from, to)`. */
function linesOfBlock(lines: readonly string[], head: string): { from: number; to: number } | undefined {
  const from = lines.findIndex((line) => says(line, head));
  if (from < 0) return undefined;
  const rest = lines.slice(from + 1).findIndex((line) => isCode(line) && indentOf(line) <= indentOf(head));
  let to = rest < 0 ? lines.length : from + 1 + rest;
  // Comments right before the next block are that one's.
  while (!isCode(lines[to - 1] ?? head)) to -= 1;
  // What a brace opens its own line closes, as deep as the first one.
  return { from, to: head.endsWith('{') ? to + 1 : to };
}

/**
 * appendBlock writes a block behind the last child of a top-level key, with an empty line before it where its
 * neighbours have one.
 * @param key the line of the top-level key, such as `services:`
 * @throws Error where there is no such key
 */
export function appendBlock(text: string, key: string, block: string): string {
  const lines = text.split('\n');
  const parent = linesOfBlock(lines, key);
  if (parent === undefined) throw new Error(`there is no line "${key}"`);
  const children = lines.slice(parent.from + 1, parent.to);
  const isSpaced = children.some((line) => line === '');
  lines.splice(parent.to, 0, ...(isSpaced ? [''] : []), ...block.trimEnd().split('\n'));
  return lines.join('\n');
}

/** removeBlock is the inverse of `appendBlock`: by the first line of the block. A text without it stays as it is. */
export function removeBlock(text: string, head: string): string {
  const lines = text.split('\n');
  const block = linesOfBlock(lines, head);
  if (block === undefined) return text;
  const before = lines[block.from - 1] === '' ? 1 : 0;
  lines.splice(block.from - before, block.to - block.from + before);
  return lines.join('\n');
}

/** insertAfter writes a line behind every line that fits, with that one's indentation. */
export function insertAfter(text: string, anchor: RegExp, line: string): string {
  return text
    .split('\n')
    .flatMap((each) => (anchor.test(each.trim()) ? [each, ' '.repeat(indentOf(each)) + line] : [each]))
    .join('\n');
}

/** removeLine is the inverse of `insertAfter`. */
export function removeLine(text: string, line: string): string {
  return text
    .split('\n')
    .filter((each) => !says(each.trim(), line))
    .join('\n');
}
