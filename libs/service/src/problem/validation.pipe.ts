import { type ArgumentMetadata, Injectable, StandardSchemaValidationPipe } from '@nestjs/common';
import { type FieldFault, ProblemError } from './problem.ts';

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[];
  /** zod's list of keys that a strict object does not know. */
  readonly keys?: readonly string[];
}

/** One fault per field. `name` is the parameter's own name, for schemas of a single parameter. */
export function toFieldFaults(issues: readonly Issue[], name: string | undefined): FieldFault[] {
  return issues.flatMap((issue) => {
    const parts = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part));
    const path = [...(name === undefined ? [] : [name]), ...parts];
    if (issue.keys) return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'is not known here' }));
    return [{ path: path.join('.') || 'body', message: issue.message }];
  });
}

/**
 * ProblemValidationPipe validates every `{ schema }` parameter and names the field that is to blame. Nest's own takes
 * members named `constructor` and `prototype` away first; here they stay, because what was sent is taken whole or refused.
 */
@Injectable()
export class ProblemValidationPipe extends StandardSchemaValidationPipe {
  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    const schema = metadata.schema;
    if (!schema || !this.toValidate(metadata)) return value;
    const result = await this.validate<T>(value, schema);
    if (!result.issues) return result.value;
    const errors = toFieldFaults(result.issues, metadata.data);
    throw new ProblemError({
      status: 400,
      code: 'invalid_input',
      title: 'The request does not fit',
      detail: errors
        .map(({ path, message }) => `${path}: ${message}`)
        .join('; ')
        .slice(0, 1_000),
      errors: errors.slice(0, 50),
    });
  }
}
