import type { FunctionDeclaration, Node } from '@babel/types';
import MagicString from 'magic-string';
import type { Bootstrap } from './bootstrap.ts';
import { Refusal } from './refusal.ts';
import { initialValueOf, nodesOfType, propertyOf, type Source } from './source.ts';
import { styleOf } from './style.ts';

/** All addresses of the machine. Fastify listens on loopback where nobody says one. */
const ALL_ADDRESSES = '0.0.0.0';
const loopback = ['localhost', '127.0.0.1', '::1'];

export interface EditedMain {
  readonly text: string;
  readonly notes: readonly string[];
}

/**
 * Lets an app on Fastify be reached from other machines, where main.ts does not say where it listens.
 * @throws Refusal where it cannot be seen whether it does
 */
export function editMain(source: Source, { platform, listen }: Bootstrap): EditedMain {
  const { text, path } = source;
  const [port, host] = listen.arguments;
  const options = port === undefined ? undefined : initialValueOf(source, port);
  const saidHost =
    options?.type === 'ObjectExpression'
      ? propertyOf(options, 'host')
      : [host].find((argument) => argument !== undefined && !isFunction(source, argument));
  if (saidHost?.type === 'StringLiteral' && loopback.includes(saidHost.value))
    return {
      text,
      notes: [`${path} listens on ${saidHost.value}: no container and no other machine reaches it there`],
    };
  if (platform === 'express' || saidHost !== undefined || port === undefined) return { text, notes: [] };
  refuseHidden(path, port, options);
  const { quote } = styleOf(source);
  const words = `${quote}${ALL_ADDRESSES}${quote}`;
  const edit = new MagicString(text);
  if (port.type !== 'ObjectExpression') edit.appendLeft(port.end ?? 0, `, ${words}`);
  else {
    const last = port.properties.at(-1);
    if (last === undefined) edit.overwrite(port.start ?? 0, port.end ?? 0, `{ host: ${words} }`);
    else edit.appendLeft(last.end ?? 0, `, host: ${words}`);
  }
  return { text: edit.toString(), notes: [] };
}

/** The callback, which may stand where the host does. */
function isFunction(source: Source, node: Node): boolean {
  const value = initialValueOf(source, node);
  if (value?.type === 'ArrowFunctionExpression' || value?.type === 'FunctionExpression') return true;
  const isIt = ({ id }: FunctionDeclaration) => node.type === 'Identifier' && id?.name === node.name;
  return nodesOfType(source.program, 'FunctionDeclaration').some(isIt);
}

const isSpread = ({ type }: Node): boolean => type === 'SpreadElement';

/** Options that stand elsewhere, or come from there by a spread, may be used for something else and may say the host already. */
function refuseHidden(path: string, port: Node, options: Node | undefined): void {
  const isHidden =
    isSpread(port) || (options?.type === 'ObjectExpression' && (options !== port || options.properties.some(isSpread)));
  if (!isHidden) return;
  throw new Refusal(
    `${path} gives listen options from outside of the call, in which no host is seen, and Fastify listens on loopback then: ` +
      `write host: '${ALL_ADDRESSES}' into the call`,
  );
}
