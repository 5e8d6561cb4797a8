// The Node that bundles and packed libs need, and what older ones are told before anything else of ours runs.
const oldestMajor = 22;
const isOlder = `Number.parseInt(process.versions.node, 10) < ${oldestMajor}`;
const sentence = (name) =>
  `\`${name} needs Node ${oldestMajor} or newer, and this is Node \${process.versions.node}.\``;

export const nodeRange = `>=${oldestMajor}`;

/** Text for the top of a bundle, whose imports are Node's own modules alone: the process ends with 78, as on wrong settings. */
export const bundleGuard = (name) =>
  `if (${isOlder}) {\n  process.stderr.write(${sentence(name)} + '\\n');\n  process.exit(78);\n}\n`;

/** Text of a module that a packed lib imports first: imports are evaluated in their order. */
export const moduleGuard = (name) => `if (${isOlder}) {\n  throw new Error(${sentence(name)});\n}\n`;
