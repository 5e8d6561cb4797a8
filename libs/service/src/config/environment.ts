import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { issueMessage } from './issue-message.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** ConfigError is all faults of the environment in one error: a restart per typo is a restart too many. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`the environment does not fit:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/** VariableMeta is the metadata of one variable in its schema. */
export interface VariableMeta {
  readonly description?: string;
  /** Never printed, not even in a fault. */
  readonly secret?: boolean;
  /** A default for development only: production must be given another value. */
  readonly sample?: string;
}

export type ConfigShape = Record<string, z.ZodType>;

/** zod keeps metadata on the instance it was given to, so `.optional()` and `.transform()` hide it one level down. */
function metaOf(field: z.ZodType): VariableMeta {
  const own: VariableMeta | undefined = field.meta();
  if (own) return own;
  const def = field.def as { innerType?: z.ZodType; in?: z.ZodType };
  const inner = def.innerType ?? def.in;
  return inner ? metaOf(inner) : {};
}

/**
 * loadConfig reads every variable of the shape; `X_FILE` names a file that holds X, as container secrets do. Values are
 * trimmed at the end because files end in a newline.
 * @throws ConfigError with every fault, secrets left out
 */
export function loadConfig<S extends ConfigShape>(shape: S, environment: Environment): z.output<z.ZodObject<S>> {
  const faults: string[] = [];
  const input: Record<string, string> = {};
  const production = environment['NODE_ENV'] === 'production';
  for (const [name, field] of Object.entries(shape)) {
    const value = readVariable(name, environment, faults);
    const { sample, secret } = metaOf(field);
    if (value !== undefined && value !== '') input[name] = value;
    else if (sample !== undefined && !production) input[name] = sample;
    if (production && sample !== undefined && holdsSample(input[name], sample))
      faults.push(
        `${name}: is the sample value, which everybody knows; set one of your own${secret ? '' : ` (it is "${sample}")`}`,
      );
  }
  const parsed = z.object(shape).safeParse(input, { error: issueMessage });
  if (!parsed.success) faults.push(...parsed.error.issues.map((issue) => describeIssue(issue, shape, input)));
  if (faults.length > 0 || !parsed.success) throw new ConfigError(faults);
  return parsed.data;
}

const holdsSample = (value: string | undefined, sample: string): boolean =>
  value?.split(',').some((part) => part.trim() === sample) ?? false;

function readVariable(name: string, environment: Environment, faults: string[]): string | undefined {
  const file = environment[`${name}_FILE`];
  if (file === undefined || file === '') return environment[name];
  if (environment[name] !== undefined && environment[name] !== '') {
    faults.push(`${name}: both ${name} and ${name}_FILE are set; keep one`);
    return undefined;
  }
  try {
    return readFileSync(file, 'utf8').trimEnd();
  } catch (error) {
    faults.push(`${name}_FILE: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`);
    return undefined;
  }
}

function describeIssue(issue: z.core.$ZodIssue, shape: ConfigShape, input: Record<string, string>): string {
  const name = String(issue.path[0] ?? '');
  const given = input[name];
  if (given === undefined) return `${name}: is missing`;
  const field = shape[name];
  const shown = field !== undefined && metaOf(field).secret === true ? '' : ` (given: ${JSON.stringify(given)})`;
  return `${name}: ${issue.message}${shown}`;
}

/** VariableDescription is one row of the generated reference of the environment. */
export interface VariableDescription {
  readonly name: string;
  readonly description: string;
  readonly type: string;
  readonly default: string | null;
  readonly required: 'always' | 'production' | 'no';
  readonly secret: boolean;
}

/** describeEnvironment lists the reference rows of a shape, in the shape's order. */
export function describeEnvironment(shape: ConfigShape): VariableDescription[] {
  return Object.entries(shape).map(([name, field]) => {
    const { description, secret, sample } = metaOf(field);
    const schema = z.toJSONSchema(field, { io: 'input', unrepresentable: 'any' });
    const optional = field.safeParse(undefined).success;
    return {
      name,
      description: description ?? '',
      type: describeType(schema),
      default:
        schema.default === undefined
          ? null
          : typeof schema.default === 'string'
            ? schema.default
            : JSON.stringify(schema.default),
      required: optional ? 'no' : sample === undefined ? 'always' : 'production',
      secret: secret === true,
    };
  });
}

function describeType(schema: z.core.JSONSchema.BaseSchema): string {
  if (schema.enum) return schema.enum.map(String).join(' | ');
  const { minimum, maximum } = schema as { minimum?: number; maximum?: number };
  if (schema.type === 'integer' && minimum !== undefined && maximum !== undefined)
    return `integer ${minimum} to ${maximum}`;
  return typeof schema.type === 'string' ? schema.type : 'text';
}
