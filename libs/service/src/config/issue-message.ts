import type { z } from 'zod';

/**
 * issueMessage is the error message of a validation issue where a schema has none of its own, for readers who know no types.
 */
export function issueMessage(issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'invalid_value') return `is one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_small')
    return issue.origin === 'array' ? `names ${issue.minimum} or more` : `has ${issue.minimum} characters or more`;
  if (issue.code === 'too_big')
    return issue.origin === 'array' ? `names ${issue.maximum} at most` : `has ${issue.maximum} characters at most`;
  if (issue.code === 'invalid_format' && issue.format === 'url') return 'is an address, such as https://app.example';
  return 'is not what fits here';
}
