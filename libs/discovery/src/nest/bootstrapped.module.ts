import { Inject, Injectable, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

/** Bootstrapped tells when the start hooks of all other modules of the application have run. */
@Injectable()
export class Bootstrapped implements OnApplicationBootstrap {
  private readonly all = Promise.withResolvers<void>();

  get done(): Promise<void> {
    return this.all.promise;
  }

  onApplicationBootstrap(): void {
    this.all.resolve();
  }
}

/** Nest runs the hooks of the start in the order of the distance of modules, the farthest first, and the root is at 1. */
@Module({ providers: [Bootstrapped], exports: [Bootstrapped] })
export class BootstrappedModule {
  constructor(@Inject(ModulesContainer) modules: ModulesContainer) {
    for (const each of modules.values()) if (each.metatype === BootstrappedModule) each.distance = 0;
  }
}
