/**
 * parentLost resolves when the Nx process that started this one is gone without a word (`kill -9`); Nx kills its tasks in
 * every other case. Never resolves outside Nx, where a parent may leave us behind on purpose (nohup).
 */
export function parentLost(
  env: NodeJS.ProcessEnv,
  parentOf: () => number = () => process.ppid,
  pollMs = 500,
): Promise<void> {
  if (env['NX_TASK_TARGET_PROJECT'] === undefined) return new Promise(() => undefined);
  const parent = parentOf();
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (parentOf() === parent) return;
      clearInterval(timer);
      resolve();
    }, pollMs);
    timer.unref();
  });
}
