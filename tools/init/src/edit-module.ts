import type { ClassDeclaration, Expression, Node, ObjectExpression } from '@babel/types';
import MagicString from 'magic-string';
import { Refusal } from './refusal.ts';
import { importOf, importsOf, localNameOf, nodesOfType, propertyOf, type Source } from './source.ts';
import { styleOf } from './style.ts';

export interface Imported {
  /** The class of the module that is put in. */
  readonly name: string;
  /** How the file imports it. */
  readonly from: string;
}

/**
 * Puts a module into the `imports` of another one, as its first, and its import behind the others. A file that has both stays as
 * it is.
 * @throws Refusal where the class is not there, or its `imports` are no array that can be read
 */
export function editModule(source: Source, className: string, { name, from }: Imported): string {
  const metadata = metadataOf(source, className);
  const elements = importedModules(source, metadata);
  const edit = new MagicString(source.text);
  if (importOf(source, name)?.from !== from) addImport(source, edit, { name, from });
  const isThere = elements?.elements.some((element) => element?.type === 'Identifier' && element.name === name);
  if (isThere !== true) addElement(source, edit, { name, metadata, elements });
  return edit.toString();
}

function metadataOf(source: Source, className: string): ObjectExpression {
  const decorator = localNameOf(source, 'Module', '@nestjs/common');
  const isIt = ({ id }: ClassDeclaration) => id?.name === className;
  const classes = nodesOfType(source.program, 'ClassDeclaration').filter(isIt);
  const calls = classes
    .flatMap(({ decorators }) => decorators ?? [])
    .map(({ expression }) => expression)
    .filter((expression) => expression.type === 'CallExpression')
    .filter(({ callee }) => callee.type === 'Identifier' && callee.name === decorator);
  const [metadata] = calls[0]?.arguments ?? [];
  if (metadata?.type === 'ObjectExpression') return metadata;
  throw new Refusal(`${source.path} has no class ${className} with @Module({ … }), with an object written in place`);
}

function importedModules(source: Source, metadata: ObjectExpression) {
  const imports = propertyOf(metadata, 'imports') as Expression | undefined;
  refuseSpread(source, metadata, imports);
  if (imports === undefined || imports.type === 'ArrayExpression') return imports;
  throw new Refusal(`${source.path} has imports of its module that are no array written in place`);
}

/** What is spread may have imports, and takes the place of those before it. */
function refuseSpread(source: Source, { properties }: ObjectExpression, imports: Expression | undefined): void {
  const last = properties.findLast(({ type }) => type === 'SpreadElement');
  if (last === undefined || (imports?.start ?? 0) > (last.start ?? 0)) return;
  throw new Refusal(
    `${source.path} has a spread in @Module({ … }) that may bring imports: write imports: […] behind it`,
  );
}

function addImport(source: Source, edit: MagicString, { name, from }: Imported): void {
  const { quote, semicolon, newline } = styleOf(source);
  const line = `import { ${name} } from ${quote}${from}${quote}${semicolon}`;
  edit.appendLeft(lineEnd(source, importsOf(source).at(-1)?.end ?? 0), `${newline}${line}`);
}

/** Where the line of a place ends, if nothing but a comment stands on the rest of it; else the place. */
function lineEnd({ text }: Source, place: number): number {
  const [rest = ''] = text.slice(place).split(/\r?\n/, 1);
  return /^\s*(\/\/.*|\/\*((?!\*\/).)*\*\/\s*)$/.test(rest) ? place + rest.length : place;
}

interface Place {
  readonly name: string;
  readonly metadata: ObjectExpression;
  readonly elements: ReturnType<typeof importedModules>;
}

function addElement(source: Source, edit: MagicString, { name, metadata, elements }: Place): void {
  const words = elements === undefined ? `imports: [${name}]` : name;
  const first = elements === undefined ? metadata.properties[0] : elements.elements.find((element) => element !== null);
  if (first) {
    const place = startOf(first);
    edit.appendLeft(place, `${words},${spaceBefore(source, place)}`);
  } else if (elements === undefined) edit.overwrite(metadata.start ?? 0, metadata.end ?? 0, `{ ${words} }`);
  else edit.appendLeft((elements.start ?? 0) + 1, words);
}

/** Where a node begins, with the comments that belong to it. */
const startOf = ({ leadingComments, start }: Node): number => leadingComments?.[0]?.start ?? start ?? 0;

/** What separates what stands at a place from what is put before it: its line and indentation, or a space. */
function spaceBefore(source: Source, place: number): string {
  const line = source.text.slice(0, place).split('\n').at(-1) ?? '';
  return line.trim() === '' ? `${styleOf(source).newline}${line}` : ' ';
}
