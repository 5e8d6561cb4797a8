import { describe, expect, it } from '@jest/globals';
import { Controller, Injectable, type Provider, type Type } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { requireTransport } from './client-transport.ts';
import { InjectClient, InjectUpstream } from './decorators.ts';
import { clientToken, upstreamToken } from './tokens.ts';

@Injectable()
class OfConstructor {
  constructor(@InjectClient('api') readonly client: unknown) {}
}

@Injectable()
class OfProperty {
  @InjectClient('api') readonly client: unknown;
}

@Controller()
class OfController {
  constructor(@InjectClient('api') readonly client: unknown) {}
}

@Injectable()
class OfUpstream {
  constructor(@InjectUpstream('api') readonly upstream: unknown) {}
}

const ofFactory = { provide: 'made', useFactory: (client: unknown) => client, inject: [clientToken('api')] };
const optional = {
  provide: 'made',
  useFactory: (client: unknown) => client,
  inject: [{ token: clientToken('api'), optional: true }],
};

async function start(providers: Provider[], controllers: Type[], load: () => Promise<unknown>): Promise<void> {
  const app = await Test.createTestingModule({
    imports: [DiscoveryModule],
    providers: [
      ...providers,
      { provide: clientToken('api'), useValue: {} },
      { provide: upstreamToken('api'), useValue: {} },
    ],
    controllers,
  }).compile();
  const found = app.get(DiscoveryService);
  await requireTransport([...found.getProviders(), ...found.getControllers()], load);
}

const missing = () => Promise.reject(new Error("Cannot find package '@nestjs/microservices'"));

describe('requireTransport', () => {
  it.each<[string, Provider[], Type[]]>([
    ['OfConstructor', [OfConstructor], []],
    ['OfProperty', [OfProperty], []],
    ['OfController', [], [OfController]],
    ['made', [ofFactory], []],
    ['made', [optional], []],
  ])('tells of a missing transport who injects a client: %s', async (name, providers, controllers) => {
    await expect(start(providers, controllers, missing)).rejects.toMatchObject({
      code: 'transport_missing',
      message: expect.stringContaining(`${name} injects a client`),
      cause: expect.objectContaining({ message: expect.stringContaining('@nestjs/microservices') }),
    });
  });

  it('asks for none where nobody injects a client', async () => {
    await expect(start([OfUpstream], [], missing)).resolves.toBeUndefined();
  });

  it('is content with one that is there', async () => {
    await expect(start([OfConstructor], [], () => import('@nestjs/microservices'))).resolves.toBeUndefined();
  });
});
