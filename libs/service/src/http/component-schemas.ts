import { z } from 'zod';

/** JSON Schema as it stands in a document. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Converted {
  /** A `$ref` to one of the components where the schema has an id. */
  readonly schema: JsonSchema;
  /** Every schema with an id that it is or holds, by that id. */
  readonly components: Readonly<Record<string, JsonSchema>>;
}

/**
 * componentSchemas makes the converter of one document: a schema with an id (`.meta({ id })`) becomes a component under
 * that id, at whatever depth it stands, and is pointed to. A document has one room for names, so what cannot have a place
 * in it is refused when the document is made, and not left to whoever reads it.
 */
export function componentSchemas(): (schema: z.ZodType, io: 'input' | 'output') => Converted {
  const texts = new Map<string, string>();
  return (schema, io) => {
    const {
      $schema: _,
      $defs = {},
      ...root
    } = z.toJSONSchema(schema, {
      target: 'draft-2020-12',
      io,
      override: ({ jsonSchema }) => {
        if (io === 'output') loosen(jsonSchema);
      },
    });
    const made = pointed({ root, $defs });
    for (const [id, component] of Object.entries(made.$defs)) {
      const text = JSON.stringify(component);
      if (id.startsWith('__')) throw new Error(`a schema that holds itself needs an id: ${text.slice(0, 200)}`);
      if ((texts.get(id) ?? text) !== text) throw new Error(`two schemas of the document have the id ${id}`);
      texts.set(id, text);
    }
    if (JSON.stringify(made.root).includes('"$ref":"#"')) throw new Error('a schema that holds itself needs an id');
    return { schema: made.root, components: made.$defs };
  };
}

/**
 * Answers may grow, so readers must take keys that they do not know; and what every integer of JavaScript keeps to says
 * nothing.
 */
function loosen(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.additionalProperties === false) delete schema.additionalProperties;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}

interface Made {
  readonly root: JsonSchema;
  readonly $defs: Readonly<Record<string, JsonSchema>>;
}

const pointed = (made: object): Made =>
  JSON.parse(JSON.stringify(made).replaceAll('"$ref":"#/$defs/', '"$ref":"#/components/schemas/')) as Made;
