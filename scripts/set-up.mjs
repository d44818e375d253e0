// Installs what a fresh clone lacks: node_modules, a new enough Node in it, and a Redis server.
// Says nothing when nothing is missing; finds out what it cannot install before it installs anything.
//   node scripts/set-up.mjs [--without-redis] [--for-all-tests]
// This file is written so that a Node that is too old can still read it, and say so.
const OLDEST_NODE = 20;
const version = process.versions.node;

if (Number(version.split('.')[0]) < OLDEST_NODE) {
  process.stderr.write(
    `set-up: needs Node ${OLDEST_NODE} or newer with npm; this is ${version}.\n`,
  );
  process.exitCode = 3;
} else {
  void import('./set-up/set-up.mjs').then((it) => it.setUp(process.argv.slice(2)));
}
