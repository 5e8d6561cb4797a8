import type { CommandContext } from '../core/context.ts';
import { Compose } from './compose.ts';
import { ownImages, readModel } from './compose-model.ts';
import { buildImages, fillIn } from './prepare.ts';
import { writeChoice } from './paths.ts';
import { openStack } from './choice.ts';

/**
 * build makes the images under the tag that `up` gives them, of a fleet that is up under the one that it has. @throws
 * StackFault
 */
export async function build(context: CommandContext, signal: AbortSignal): Promise<void> {
  const { paths, running, choice } = await openStack(context, signal);
  const compose = new Compose(context, paths, choice.project, { signal });
  const isUp = running.length > 0;
  const model = isUp ? readModel(paths) : await fillIn(context, compose, { paths, choice });
  // Remembered, so that `clean` finds the images.
  if (!isUp) writeChoice(paths, { ...choice, up: false });
  await buildImages(compose, context.print);
  for (const image of ownImages(model)) context.print(`  ${image}`);
}
