/** How each of the given tasks (`project:target`) ended, read from what `nx run-many` printed. */
export function failedTasks(tasks: readonly string[], output: string, exitCode: number | null): string[] {
  if (exitCode === 0) return [];
  const lines = output.replaceAll('\r', '').split('\n');
  // The list after "Failed tasks:", and that of tasks that never ran because one they need has failed.
  const named = new Set(lines.flatMap((line) => /^\s*-\s+(\S+:\S+)\s*$/.exec(line)?.[1] ?? []));
  const failed = tasks.filter((task) => named.has(task));
  // Nx itself failed, before or beside the tasks: then none of them is known to be good.
  return failed.length > 0 ? failed : [...tasks];
}
