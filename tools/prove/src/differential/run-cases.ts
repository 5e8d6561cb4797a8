import { PLAIN_ANSWER } from './byte-replica.ts';
import { sayBytes } from './byte-client.ts';
import type { ProxyCase } from './case.ts';
import { outcomeOf } from './outcome.ts';
import type { ProxyUnderTest } from './proxies.ts';

/** runCases sends one case after the other. @returns the outcome of each, by its id */
export async function runCases(
  { port, replica }: ProxyUnderTest,
  cases: readonly ProxyCase[],
): Promise<Map<string, string>> {
  const outcomes = new Map<string, string>();
  for (const each of cases) {
    replica.answerWith(each.answer ?? PLAIN_ANSWER, each.ends ?? false);
    const said = await sayBytes(port, each.request);
    outcomes.set(each.id, outcomeOf(each, said, replica.requests));
  }
  return outcomes;
}
