// Libs of which each package that needs them has a copy of its own, inside of it: schemas and pure functions. One that has a
// class, or anything that a process has once (a budget, a breaker), is a package beside them: of two copies each would count alone.

/** @type {readonly string[]} */
export const bundledLibs = ['contracts'];
