import { type ConfigurableModuleAsyncOptions, type DynamicModule, Inject, Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { AppShutdown, LastHook, PROCESS_HOST } from './app-shutdown.ts';
import { ShutdownModuleError } from './errors.ts';
import { ShutdownHealthIndicator } from './shutdown.health-indicator.ts';
import { ShutdownModuleBase } from './shutdown.module-definition.ts';
import type { ShutdownOptions } from './shutdown-options.ts';

/** Its hooks come behind those of all other modules. */
@Module({ providers: [LastHook] })
class LastHookModule {}

/**
 * ShutdownModule gives a plain Nest app the graceful shutdown of our services: `ShutdownModule.forRoot()` once, in the root
 * module. The app is started as ever, with `enableShutdownHooks()` or without.
 */
@Module({})
export class ShutdownModule extends ShutdownModuleBase {
  /** Nest runs the hooks that close an app in the order of the distance of its modules, and the root is at 1. */
  constructor(@Inject(ModulesContainer) modules: ModulesContainer) {
    super();
    const roots = [...modules.values()].filter(
      (each) => each.metatype === ShutdownModule && each.providers.has(AppShutdown),
    );
    if (roots.length > 1)
      throw new ShutdownModuleError(
        'shutdown_registered_twice',
        `ShutdownModule.forRoot is imported ${roots.length} times`,
      );
    for (const each of modules.values()) {
      if (each.metatype === ShutdownModule) each.distance = -1;
      if (each.metatype === LastHookModule) each.distance = Infinity;
    }
  }

  static override forRoot(options: ShutdownOptions = {}): DynamicModule {
    return ShutdownModule.everywhere(super.forRoot(options));
  }

  static override forRootAsync(options: ConfigurableModuleAsyncOptions<ShutdownOptions>): DynamicModule {
    return ShutdownModule.everywhere(super.forRootAsync(options));
  }

  private static everywhere(module: DynamicModule): DynamicModule {
    return {
      ...module,
      global: true,
      imports: [...(module.imports ?? []), LastHookModule],
      providers: [
        ...(module.providers ?? []),
        { provide: Lifecycle, useFactory: () => new Lifecycle() },
        { provide: PROCESS_HOST, useValue: process },
        AppShutdown,
        ShutdownHealthIndicator,
      ],
      exports: [Lifecycle, AppShutdown, ShutdownHealthIndicator],
    };
  }
}
