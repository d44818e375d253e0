// Installs what a fresh clone lacks: node_modules, with a recent Node in it, and a Redis server.
// Silent if nothing is missing. Checks what it cannot install before it installs anything.
//   node scripts/set-up.mjs [--without-redis] [--for-all-tests]
// Written so that even a Node that is too old can run it and report that.
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
