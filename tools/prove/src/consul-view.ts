interface HealthEntry {
  readonly Service: { readonly ID: string; readonly Address: string; readonly Port: number };
  readonly Checks: readonly { readonly Status: string; readonly CheckID: string }[];
}

/** ServiceIDs on the passing list of a service, as any client of Consul would read it. */
export async function passingIds(consulUrl: string, service: string): Promise<string[]> {
  const response = await fetch(new URL(`/v1/health/service/${service}?passing`, consulUrl), {
    signal: AbortSignal.timeout(2_000),
  });
  if (!response.ok) throw new Error(`consul answered ${response.status}`);
  const entries = (await response.json()) as readonly HealthEntry[];
  return entries.map(({ Service }) => Service.ID);
}
