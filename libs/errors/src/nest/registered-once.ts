import type { DynamicModule } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

export interface Registration {
  readonly module: DynamicModule['module'];
  /** What `forRoot` of the module provides under this name. */
  readonly token: string;
  readonly name: string | undefined;
}

/**
 * requireRegisteredOnce throws what `fault` makes where several `forRoot` of a module provide one token: other modules would get one or
 * the other, by the order of their imports.
 */
export function requireRegisteredOnce(
  modules: ModulesContainer,
  { module, token, name }: Registration,
  fault: (detail: string) => Error,
): void {
  const alike = [...modules.values()].filter(({ metatype, providers }) => metatype === module && providers.has(token));
  if (alike.length < 2) return;
  const which = name === undefined ? 'without a name' : `with the name "${name}"`;
  throw fault(`${module.name}.forRoot is imported ${alike.length} times ${which}`);
}
