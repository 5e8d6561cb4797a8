import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DOCS_PATH, FORWARDED_PREFIX_HEADER, OPENAPI_PATH, problem } from '@nestfleet/contracts';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { overloadSettingsOf } from '../config/overload-config.ts';
import { completeDocument } from './complete-document.ts';
import { componentSchemas } from './component-schemas.ts';
import { CONTENT_SECURITY_POLICY } from './content-security-policy.ts';

export type SecurityScheme = Parameters<DocumentBuilder['addSecurity']>[1];

export interface DocumentLink {
  readonly name: string;
  /** Absolute path, such as `/api/openapi.json`. */
  readonly url: string;
}

/** DocumentHead is the part of a document about its service, beside its operations. */
export interface DocumentHead {
  readonly title: string;
  readonly description: string;
  readonly version: string;
  /** SPDX identifier. */
  readonly license?: string;
  /** Each tag that the controllers use, and what it stands for. */
  readonly tags?: Readonly<Record<string, string>>;
  /** The service's settings: those of a limit say that its operations may be refused for an overload. */
  readonly config?: object;
  /** The schemes that `ApiSecurity` names. */
  readonly securitySchemes?: Readonly<Record<string, SecurityScheme>>;
}

const OWN_TAGS = { health: 'Whether this replica lives, has begun, takes requests, and what it depends on' };

/** createDocument makes the document of a service from its controllers and their schemas. */
export function createDocument(app: NestFastifyApplication, head: DocumentHead): OpenAPIObject {
  const convert = componentSchemas();
  const document = SwaggerModule.createDocument(app, configOf(head), {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
    standardSchemaConverter: (schema, { schemaType }) =>
      schema instanceof z.ZodType ? convert(schema, schemaType) : undefined,
  });
  if (head.license !== undefined) document.info.license = { name: head.license, identifier: head.license } as never;
  const { components } = convert(problem, 'output');
  document.components = { ...document.components, schemas: { ...document.components?.schemas, ...components } };
  completeDocument(document, overloadSettingsOf(head.config ?? {}) !== undefined);
  const used = new Set(Object.values(document.paths).flatMap((item) => Object.values(item).flatMap(tagsOf)));
  document.tags = (document.tags ?? []).filter(({ name }) => used.has(name));
  return document;
}

const tagsOf = (operation: unknown): readonly string[] => (operation as { tags?: readonly string[] }).tags ?? [];

function configOf({ title, description, version, tags, securitySchemes }: DocumentHead) {
  const builder = new DocumentBuilder()
    .setTitle(title)
    .setDescription(description)
    .setVersion(version)
    .setOpenAPIVersion('3.1.0')
    .addServer('/');
  for (const [name, meaning] of Object.entries({ ...tags, ...OWN_TAGS })) builder.addTag(name, meaning);
  for (const [name, scheme] of Object.entries(securitySchemes ?? {})) builder.addSecurity(name, scheme);
  const { contact: _, ...info } = builder.build().info;
  return { ...builder.build(), info };
}

const prefixPattern = /^(\/[A-Za-z0-9._-]{1,64}){1,4}$/;

/** The path under which an edge proxy serves this service; `/` when there is none or it is not a plain path. */
export function serverUrl(header: string | string[] | undefined): string {
  return typeof header === 'string' && prefixPattern.test(header) ? header : '/';
}

/** Before the routes of the page: hooks hold for what comes after them. */
function restrictPage(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const { url } = request.routeOptions;
    if (url === DOCS_PATH || url?.startsWith(`${DOCS_PATH}/`) === true)
      void reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
    done();
  });
}

/**
 * `/docs`, where `others` can be chosen too, and `/openapi.json`. The server is relative to the prefix, so that "Execute"
 * works behind an edge proxy too.
 */
export function serveDocument(
  app: NestFastifyApplication,
  document: OpenAPIObject,
  others: readonly DocumentLink[] = [],
): void {
  const own = { name: document.info.title, url: OPENAPI_PATH };
  const files = join(import.meta.dirname, 'swagger-ui');
  restrictPage(app.getHttpAdapter().getInstance());
  SwaggerModule.setup(DOCS_PATH, app, document, {
    jsonDocumentUrl: OPENAPI_PATH,
    raw: ['json'],
    // A bundle carries the page's files beside it; run from source they come from node_modules.
    ...(existsSync(files) ? { customSwaggerUiPath: files } : {}),
    customSiteTitle: document.info.title,
    ...(others.length > 0 ? { explorer: true } : {}),
    // Else it shows a picture of a service on the internet, which is told of the document.
    swaggerOptions: { validatorUrl: null, ...(others.length > 0 ? { urls: [own, ...others] } : {}) },
    patchDocumentOnRequest: (request, response, shown) => {
      void (response as FastifyReply).header('cache-control', 'no-store');
      return { ...shown, servers: [{ url: serverUrl((request as FastifyRequest).headers[FORWARDED_PREFIX_HEADER]) }] };
    },
  });
}
