import type { AddressInfo, Server } from 'node:net';
import { DATA_PATTERN } from '@nestfleet/contracts';
import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, type MicroserviceOptions, Transport } from '@nestjs/microservices';

/** The TCP side of an api replica; `answer` is what it replies with. */
export async function startDataReplica(answer: () => unknown) {
  @Controller()
  class DataController {
    @MessagePattern(DATA_PATTERN)
    data(): unknown {
      return answer();
    }
  }
  @Module({ controllers: [DataController] })
  class DataModule {}

  const service: INestMicroservice = await NestFactory.createMicroservice<MicroserviceOptions>(DataModule, {
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: 0 },
    logger: false,
  });
  await service.listen();
  return {
    port: (service.unwrap<Server>().address() as AddressInfo).port,
    close: () => service.close(),
  };
}
