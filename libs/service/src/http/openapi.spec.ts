import { describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Module, Post, Query, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ApiOkResponse, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { overloadConfig } from '../config/overload-config.ts';
import { createDocument } from './openapi.ts';

const leaf = z.object({ text: z.string().nullable() }).meta({ id: 'Leaf' });
const tree = z
  .object({
    leaf,
    get branches() {
      return z.array(tree);
    },
  })
  .meta({ id: 'Tree' });
const forest = z.object({ trees: z.array(tree), oldest: tree.nullable() }).meta({ id: 'Forest' });
/** Holds itself, and nothing says under which name. */
const nameless = z.object({
  get more() {
    return z.array(nameless);
  },
});

@Controller('forest')
class ForestController {
  @Get()
  @ApiOkResponse({ standardSchema: forest })
  find(@Query({ schema: z.object({ leaf: z.string().optional() }) }) _query: unknown): void {}
  @Post()
  @ApiOkResponse({ standardSchema: z.object({ trees: tree, note: leaf.optional() }) })
  plant(@Body({ schema: z.strictObject({ name: z.string() }).meta({ id: 'Plant' }) }) _body: unknown): void {}
}

@Controller('inner')
class InnerController {
  @Get()
  @ApiOkResponse({ standardSchema: z.object({ held: nameless }) })
  find(): void {}
}

@Controller('outer')
class OuterController {
  @Get()
  @ApiOkResponse({ standardSchema: nameless })
  find(): void {}
}

@Controller('other')
class OtherController {
  @Get()
  @ApiOkResponse({ standardSchema: z.object({ other: z.int() }).meta({ id: 'Leaf' }) })
  find(): void {}
}

async function documentWith(config: object, controllers: Type[]): Promise<OpenAPIObject> {
  @Module({ controllers })
  class DocumentedModule {}
  const app = await NestFactory.create<NestFastifyApplication>(DocumentedModule, new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
  return createDocument(app, { title: 'Forest', description: 'x', version: '1.0.0', config });
}

const documentOf = (...controllers: Type[]): Promise<OpenAPIObject> => documentWith({}, controllers);

/** Every `$ref` below a value, with what it points to. */
function pointers(document: OpenAPIObject, value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]): [string, unknown][] =>
    key === '$ref' && typeof each === 'string' ? [[each, targetOf(document, each)]] : pointers(document, each),
  );
}

const targetOf = (document: OpenAPIObject, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .reduce((at: unknown, key) => (at as Record<string, unknown> | undefined)?.[key], document);

describe('schemas of a document', () => {
  it('with an id are components, nested and recursive ones too, and every pointer leads to one', async () => {
    const document = await documentOf(ForestController);
    const schemas = document.components?.schemas ?? {};
    expect(Object.keys(schemas).toSorted()).toEqual(['Forest', 'Leaf', 'Plant', 'Problem', 'Tree']);
    for (const schema of Object.values(schemas)) expect(schema).toMatchObject({ type: 'object' });
    expect(schemas['Tree']).toMatchObject({
      properties: { branches: { items: { $ref: '#/components/schemas/Tree' } } },
    });
    const found = pointers(document, document);
    expect(found.length).toBeGreaterThan(6);
    expect(found.filter(([, target]) => target === undefined)).toEqual([]);
    expect(JSON.stringify(document)).not.toContain('$defs');
  });

  it.each([
    ['a nested one that holds itself and has no id', [InnerController], 'needs an id'],
    ['one that holds itself and has no id', [OuterController], 'needs an id'],
    ['two of one id', [ForestController, OtherController], 'two schemas of the document have the id Leaf'],
  ])('cannot be made with %s', async (_name, controllers, message) => {
    await expect(documentOf(...controllers)).rejects.toThrow(message);
  });
});

@Controller()
class ExemptController {
  @Get('livez')
  lives(): void {}
  @Get('ops/queues')
  queues(): void {}
}

async function answersOf(config: object): Promise<unknown[]> {
  const document = await documentWith(config, [OtherController, ExemptController]);
  return ['/other', '/livez', '/ops/queues'].map((path) => document.paths[path]?.get?.responses['503']);
}

describe('a refusal for an overload', () => {
  it('is documented, with its mark, where the settings have a limit and the route is not exempt', async () => {
    const pointer = { $ref: '#/components/responses/overloaded' };
    expect(await answersOf(overloadConfig())).toEqual([pointer, undefined, undefined]);
    const document = await documentWith(overloadConfig(), [OtherController]);
    expect(targetOf(document, pointer.$ref)).toMatchObject({
      headers: { 'x-overloaded': {}, 'retry-after': {} },
      content: { 'application/problem+json': { examples: { overloaded: {} } } },
    });
  });

  it('is not, where they have none', async () => {
    expect(await answersOf({})).toEqual([undefined, undefined, undefined]);
  });
});
