#!/usr/bin/env node
// Plain JavaScript, so that an old Node can still say what is wrong: it could not read TypeScript.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major > 22 || (major === 22 && minor >= 19)) {
  const { setFlagsFromString } = await import('node:v8');
  // Left to itself, Node collects once garbage takes up to three times what is in use. As much as that hardly costs more time.
  setFlagsFromString('--heap-growing-percent=100');
  // V8 puts what once outlived two collections, such as the rows of slow answers, among old objects from then on, where each keeps
  // all that it refers to until the next major collection.
  setFlagsFromString('--no-allocation-site-pretenuring');
  // What was made of the sources is kept for the next start, where there is a place to write to.
  const { enableCompileCache } = await import('node:module');
  enableCompileCache();
  // A checkout has the sources, the package what they were compiled to.
  const { existsSync } = await import('node:fs');
  const isCheckout = existsSync(new URL('cli/main.ts', import.meta.url));
  await import(isCheckout ? './cli/main.ts' : '../dist/cli/main.js');
} else {
  const { runWithBundledNode } = await import('./cli/bundled-node.js');
  runWithBundledNode();
}
