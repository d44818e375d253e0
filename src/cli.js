#!/usr/bin/env node
// The entry, here and in the package. Written so that a Node that is too old can still read it, and say so.
const OLDEST_NODE = [22, 22];
const version = process.versions.node;
const [major, minor] = version.split('.').map(Number);

if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  const oldest = OLDEST_NODE.join('.');
  process.stderr.write(`ims-ferry needs Node ${oldest} or newer; this is ${version}.\n`);
  process.exitCode = 2;
} else {
  void import('./main.ts');
}
