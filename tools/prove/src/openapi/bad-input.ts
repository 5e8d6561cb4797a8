/** Wrong requests made from an OpenAPI document: what a careless or hostile client would send to every endpoint. */
export interface BadRequest {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Field that the answer must name; undefined where no field is to blame. */
  readonly field?: string;
}

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly maximum?: number;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: Schema;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

const JSON_TYPE = { 'content-type': 'application/json' };
const TWO_MEGABYTES = 2 * 1024 * 1024;

/** All bad requests that the document gives; every operation gets at least unknown query keys and a body of 2 MB. */
export function badRequests(document: OpenApi): BadRequest[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, operation]) => [
      ...badParameters(path, method.toUpperCase(), operation, document),
      ...badBodies(path, method.toUpperCase(), operation, document),
    ]),
  );
}

const resolve = (schema: Schema | undefined, document: OpenApi): Schema => {
  const name = schema?.$ref?.split('/').at(-1);
  return name === undefined ? (schema ?? {}) : (document.components?.schemas?.[name] ?? {});
};

/** A value that fits, as far as the schema's keywords tell. */
function sample(schema: Schema | undefined, document: OpenApi): unknown {
  const known = resolve(schema, document);
  if (known.const !== undefined) return known.const;
  if (known.enum) return known.enum[0];
  if (known.default !== undefined) return known.default;
  const branch = known.oneOf?.[0] ?? known.anyOf?.[0];
  if (branch) return sample(branch, document);
  if (known.properties)
    return Object.fromEntries(Object.entries(known.properties).map(([name, each]) => [name, sample(each, document)]));
  if (known.type === 'integer' || known.type === 'number') return Math.min(known.maximum ?? 10, 10);
  return known.pattern?.includes('\\.') ? 'demo.x' : 'x';
}

function fill(
  path: string,
  parameters: readonly Parameter[],
  document: OpenApi,
  values: Readonly<Record<string, string>>,
): string {
  const given = (parameter: Parameter): string => values[parameter.name] ?? String(sample(parameter.schema, document));
  const filled = parameters
    .filter((each) => each.in === 'path')
    .reduce((text, each) => text.replace(`{${each.name}}`, encodeURIComponent(given(each))), path);
  const query = parameters.filter((each) => each.in === 'query' && (each.required || values[each.name] !== undefined));
  const pairs: [string, string][] = query.map((each) => [each.name, given(each)]);
  if (values['?'] !== undefined) pairs.push([values['?'], '1']);
  return pairs.length === 0 ? filled : `${filled}?${new URLSearchParams(pairs).toString()}`;
}

function badParameters(path: string, method: string, operation: Operation, document: OpenApi): BadRequest[] {
  const parameters = operation.parameters ?? [];
  const body = operation.requestBody ? { body: JSON.stringify(sampleBody(operation, document)) } : {};
  const headers = operation.requestBody ? JSON_TYPE : {};
  const make = (name: string, values: Record<string, string>, field: string): BadRequest => ({
    name: `${method} ${path}: ${name}`,
    method,
    path: fill(path, parameters, document, values),
    headers,
    ...body,
    field,
  });
  const requests: BadRequest[] = [];
  for (const parameter of parameters) {
    if (parameter.in !== 'path' && parameter.in !== 'query') continue;
    const schema = resolve(parameter.schema, document);
    if (schema.type === 'integer' || schema.type === 'number') {
      requests.push(make(`${parameter.name} of a wrong type`, { [parameter.name]: 'many' }, parameter.name));
    }
    if (schema.pattern !== undefined)
      requests.push(make(`${parameter.name} with odd characters`, { [parameter.name]: 'a b/{}' }, parameter.name));
    if (schema.maxLength !== undefined && schema.maxLength < 10_000) {
      requests.push(
        make(`${parameter.name} too long`, { [parameter.name]: 'a'.repeat(schema.maxLength + 1) }, parameter.name),
      );
    }
  }
  const unknown = ['surprise', '__proto__', 'constructor'];
  return [...requests, ...unknown.map((key) => make(`an unknown query key ${key}`, { '?': key }, key))];
}

const bodySchema = (operation: Operation, document: OpenApi): Schema =>
  resolve(operation.requestBody?.content['application/json']?.schema, document);

const sampleBody = (operation: Operation, document: OpenApi): unknown =>
  sample(bodySchema(operation, document), document);

function badBodies(path: string, method: string, operation: Operation, document: OpenApi): BadRequest[] {
  const target = fill(path, operation.parameters ?? [], document, {});
  if (!operation.requestBody) {
    const body = JSON.stringify({ surprise: 'x'.repeat(TWO_MEGABYTES) });
    // Node's client gives a GET no length of its own accord: the body would be read as the next request.
    const headers = { ...JSON_TYPE, 'content-length': String(Buffer.byteLength(body)) };
    return [{ name: `${method} ${path}: a body of 2 MB where none is read`, method, path: target, headers, body }];
  }
  const good = sampleBody(operation, document) as Record<string, unknown>;
  const make = (
    name: string,
    body: string,
    field?: string,
    headers: Record<string, string> = JSON_TYPE,
  ): BadRequest => ({
    name: `${method} ${path}: ${name}`,
    method,
    path: target,
    headers,
    body,
    ...(field === undefined ? {} : { field }),
  });
  const first = Object.keys(good)[0];
  const type = resolve(bodySchema(operation, document).properties?.[first ?? ''], document).type;
  // Where any object fits only something else is wrong.
  const wrong = type === 'object' ? 'wrong' : { wrong: true };
  return [
    make('bad JSON', '{"a":'),
    make('no object', '[]', 'body'),
    make('an unknown key', JSON.stringify({ ...good, surprise: 1 }), 'surprise'),
    make('a body of 2 MB', JSON.stringify({ ...good, surprise: 'x'.repeat(TWO_MEGABYTES) })),
    make('another media type', 'a=1', undefined, { 'content-type': 'text/csv' }),
    ...(first === undefined
      ? []
      : [make(`${first} of a wrong type`, JSON.stringify({ ...good, [first]: wrong }), first)]),
  ];
}
