import { parseExpression } from '@babel/parser';
import type { ArrayExpression, Expression, ObjectExpression } from '@babel/types';
import { Refusal } from './refusal.ts';

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

/**
 * Reads JSON with comments and trailing commas, as the files of the Nest CLI, TypeScript and Nx may have them.
 * @throws Refusal where it is none
 */
export function parseJson(path: string, text: string): JsonObject {
  try {
    const value = valueOf(parseExpression(text));
    if (isObject(value)) return value;
  } catch (cause) {
    throw new Refusal(`${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  throw new Refusal(`${path} holds no object`);
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a path of names leads to. */
export function at(value: Json | undefined, ...names: readonly string[]): Json | undefined {
  return names.reduce((found, name) => (isObject(found) ? found[name] : undefined), value);
}

export function textAt(value: Json | undefined, ...names: readonly string[]): string | undefined {
  const found = at(value, ...names);
  return typeof found === 'string' ? found : undefined;
}

function valueOf(node: Expression): Json {
  if (node.type === 'StringLiteral' || node.type === 'NumericLiteral' || node.type === 'BooleanLiteral')
    return node.value;
  if (node.type === 'NullLiteral') return null;
  if (node.type === 'ObjectExpression') return Object.fromEntries(entriesOf(node));
  if (node.type === 'ArrayExpression') return node.elements.map(elementOf);
  if (node.type === 'UnaryExpression' && node.operator === '-' && node.argument.type === 'NumericLiteral')
    return -node.argument.value;
  throw new Error(`${node.type} is not JSON`);
}

function elementOf(element: ArrayExpression['elements'][number]): Json {
  if (element === null || element.type === 'SpreadElement') throw new Error('it is not JSON');
  return valueOf(element);
}

function entriesOf({ properties }: ObjectExpression): [string, Json][] {
  return properties.map((property) => {
    if (property.type !== 'ObjectProperty' || property.key.type !== 'StringLiteral') throw new Error('it is not JSON');
    return [property.key.value, valueOf(property.value as Expression)];
  });
}
