import { codedErrorFilter, requireRegisteredOnce } from '@nestfleet/errors/nest';
import { ConfigurableModuleBuilder, type DynamicModule, type Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { OutboxError } from '../errors.ts';
import type { OutboxStore } from '../outbox.ts';
import { outboxToken, relayToken } from './decorators.ts';
import type { OutboxModuleExtras, OutboxModuleOptions } from './outbox.module-options.ts';
import { OutboxRelay } from './outbox.relay.ts';

const OPTIONS = 'nestfleet:outbox-options';

const registeredTwice = (detail: string) => new OutboxError('registered_twice', detail);

/** OutboxModuleBase has `forRoot` and `forRootAsync`. */
export const { ConfigurableModuleClass: OutboxModuleBase } = new ConfigurableModuleBuilder<OutboxModuleOptions>({
  optionsInjectionToken: OPTIONS,
})
  .setClassMethodName('forRoot')
  .setExtras<OutboxModuleExtras>({ name: undefined, errorFilter: true }, withOutbox)
  .build();

function withOutbox(definition: DynamicModule, { name, errorFilter }: OutboxModuleExtras): DynamicModule {
  const token = outboxToken(name);
  const outbox: Provider = {
    provide: token,
    inject: [OPTIONS, ModulesContainer],
    useFactory: (options: OutboxModuleOptions, modules: ModulesContainer) => {
      requireRegisteredOnce(modules, { module: definition.module, token, name }, registeredTwice);
      return options.outbox;
    },
  };
  const relay: Provider = {
    provide: relayToken(name),
    inject: [OPTIONS, token],
    useFactory: (options: OutboxModuleOptions, store: OutboxStore<never>) => new OutboxRelay(store, options),
  };
  return {
    ...definition,
    global: true,
    providers: [
      ...(definition.providers ?? []),
      outbox,
      relay,
      ...(errorFilter === false ? [] : [codedErrorFilter(OutboxError)]),
    ],
    exports: [token, relayToken(name)],
  };
}
