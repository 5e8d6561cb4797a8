import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Module, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SID, sidOf } from './contenders.ts';
import { type Count, bodyOf } from './counting.ts';

/** The least of a Nest app. Its decorators are called as functions: Node runs this file as it is, and knows none. */
export async function listenNest(count: Count): Promise<number> {
  class Visits {
    async visit(request: FastifyRequest, reply: FastifyReply): Promise<object> {
      const counted = await count(sidOf(request.headers.cookie));
      if (counted.sid !== undefined) void reply.header('set-cookie', `${SID}=${counted.sid}; Path=/; HttpOnly`);
      return bodyOf(counted);
    }
  }
  class App {
    readonly name = 'bench';
  }
  const method = Object.getOwnPropertyDescriptor(Visits.prototype, 'visit') ?? {};
  Get()(Visits.prototype, 'visit', method);
  Req()(Visits.prototype, 'visit', 0);
  Res({ passthrough: true })(Visits.prototype, 'visit', 1);
  Controller()(Visits);
  Module({ controllers: [Visits] })(App);
  const app = await NestFactory.create<NestFastifyApplication>(App, new FastifyAdapter({ logger: false }), {
    logger: false,
  });
  await app.listen(0, '127.0.0.1');
  const server: Server = app.getHttpServer();
  return (server.address() as AddressInfo).port;
}
