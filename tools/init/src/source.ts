import { parse } from '@babel/parser';
import type { ImportDeclaration, ImportSpecifier, Node, ObjectExpression, Program } from '@babel/types';
import { Refusal } from './refusal.ts';

/** `Source` is a file of TypeScript and its syntax tree, whose nodes have their places in the text. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly program: Program;
}

/** @throws Refusal where it does not compile */
export function parseSource(path: string, text: string): Source {
  try {
    const { program } = parse(text, { sourceType: 'module', plugins: ['typescript', 'decorators-legacy'] });
    return { path, text, program };
  } catch (cause) {
    throw new Refusal(`${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** All nodes below one, itself first. */
export function* nodesOf(node: Node): Generator<Node> {
  yield node;
  for (const value of Object.values(node) as readonly unknown[])
    for (const child of Array.isArray(value) ? (value as readonly unknown[]) : [value])
      if (isNode(child)) yield* nodesOf(child);
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'start' in value;

/** The nodes of one type. */
export function nodesOfType<T extends Node['type']>(root: Node, type: T): Extract<Node, { type: T }>[] {
  return [...nodesOf(root)].filter((node): node is Extract<Node, { type: T }> => node.type === type);
}

export const importsOf = ({ program }: Source): ImportDeclaration[] =>
  program.body.filter((statement) => statement.type === 'ImportDeclaration');

const nameOf = ({ imported }: ImportSpecifier): string =>
  imported.type === 'Identifier' ? imported.name : imported.value;

/** Where a local name comes from; undefined where it is imported by no name. */
export function importOf(source: Source, local: string): { name: string; from: string } | undefined {
  for (const { specifiers, source: from } of importsOf(source))
    for (const specifier of specifiers)
      if (specifier.type === 'ImportSpecifier' && specifier.local.name === local)
        return { name: nameOf(specifier), from: from.value };
  return undefined;
}

/** The local name of what a package exports. */
export function localNameOf(source: Source, name: string, from: string): string | undefined {
  for (const declaration of importsOf(source).filter(({ source: { value } }) => value === from))
    for (const specifier of declaration.specifiers)
      if (specifier.type === 'ImportSpecifier' && nameOf(specifier) === name) return specifier.local.name;
  return undefined;
}

/** The text of a node, as it was written. */
export const textOf = ({ text }: Source, { start, end }: Node): string => text.slice(start ?? 0, end ?? 0);

/** What a variable of the file begins with; undefined where the file does not say it. What is no identifier is its own value. */
export function initialValueOf({ program }: Source, node: Node): Node | undefined {
  if (node.type !== 'Identifier') return node;
  const isIt = (id: Node) => id.type === 'Identifier' && id.name === node.name;
  return nodesOfType(program, 'VariableDeclarator').find(({ id }) => isIt(id))?.init ?? undefined;
}

/** The value of a property of an object literal. */
export function propertyOf(object: ObjectExpression, name: string): Node | undefined {
  const property = object.properties.find(
    (each) =>
      each.type === 'ObjectProperty' &&
      ((each.key.type === 'Identifier' && !each.computed && each.key.name === name) ||
        (each.key.type === 'StringLiteral' && each.key.value === name)),
  );
  return property?.type === 'ObjectProperty' ? property.value : undefined;
}
