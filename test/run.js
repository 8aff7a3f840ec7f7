// Runs vitest for `npm test`, with the Node beside the packages if this one is too old for it.
import { runWithBundledNode } from '../src/cli/bundled-node.js';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major > 22 || (major === 22 && minor >= 19)) await import('../node_modules/vitest/vitest.mjs');
else runWithBundledNode();
