import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FORWARDED_PREFIX_HEADER, PROBLEM_MEDIA_TYPE, problem } from '@nestfleet/contracts';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { componentSchemas } from './component-schemas.ts';

export interface DocumentLink {
  readonly name: string;
  /** Absolute path, such as `/api/openapi.json`. */
  readonly url: string;
}

export interface ApiTitle {
  readonly title: string;
  readonly description: string;
  readonly version: string;
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head'] as const;

/** The document, with problem+json as the default answer of every operation. */
export function createDocument(app: NestFastifyApplication, { title, description, version }: ApiTitle): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle(title)
    .setDescription(description)
    .setVersion(version)
    .setOpenAPIVersion('3.1.0')
    .build();
  const convert = componentSchemas();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
    standardSchemaConverter: (schema, { schemaType }) =>
      schema instanceof z.ZodType ? convert(schema, schemaType) : undefined,
  });
  const { components } = convert(problem, 'output');
  document.components = { ...document.components, schemas: { ...document.components?.schemas, ...components } };
  for (const item of Object.values(document.paths))
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation) continue;
      operation.responses = {
        ...operation.responses,
        default: {
          description: 'A problem (RFC 9457)',
          content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      };
    }
  return document;
}

const prefixPattern = /^(\/[A-Za-z0-9._-]{1,64}){1,4}$/;

/** The path under which a front door shows this service; `/` when there is none or it is not a plain path. */
export function serverUrl(header: string | string[] | undefined): string {
  return typeof header === 'string' && prefixPattern.test(header) ? header : '/';
}

/** `/docs`, where `others` can be chosen too, and `/openapi.json`. The server is relative to the prefix, so that "Execute" works behind a front door too. */
export function serveDocument(
  app: NestFastifyApplication,
  document: OpenAPIObject,
  others: readonly DocumentLink[] = [],
): void {
  const own = { name: document.info.title, url: '/openapi.json' };
  const files = join(import.meta.dirname, 'swagger-ui');
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    // A bundle carries the page's files beside it; run from source they come from node_modules.
    ...(existsSync(files) ? { customSwaggerUiPath: files } : {}),
    customSiteTitle: document.info.title,
    ...(others.length > 0 ? { explorer: true, swaggerOptions: { urls: [own, ...others] } } : {}),
    patchDocumentOnRequest: (request, response, shown) => {
      void (response as FastifyReply).header('cache-control', 'no-store');
      return { ...shown, servers: [{ url: serverUrl((request as FastifyRequest).headers[FORWARDED_PREFIX_HEADER]) }] };
    },
  });
}
