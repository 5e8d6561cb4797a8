import MagicString from 'magic-string';
import type { Bootstrap } from './bootstrap.ts';
import { propertyOf, type Source } from './source.ts';
import { styleOf } from './style.ts';

/** All addresses of the machine. Fastify listens on loopback where nobody says one. */
const ALL_ADDRESSES = '0.0.0.0';
const loopback = ['localhost', '127.0.0.1', '::1'];

export interface EditedMain {
  readonly text: string;
  readonly notes: readonly string[];
}

/** Lets an app on Fastify be reached from other machines, where main.ts does not say where it listens. */
export function editMain(source: Source, { platform, listen }: Bootstrap): EditedMain {
  const { text, path } = source;
  const [port, host] = listen.arguments;
  const saidHost = port?.type === 'ObjectExpression' ? propertyOf(port, 'host') : host;
  if (saidHost?.type === 'StringLiteral' && loopback.includes(saidHost.value))
    return {
      text,
      notes: [`${path} listens on ${saidHost.value}: no container and no other machine reaches it there`],
    };
  if (platform === 'express' || saidHost !== undefined || port === undefined) return { text, notes: [] };
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
