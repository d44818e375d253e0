// Installs what a fresh clone lacks: node_modules, a new enough Node in it, and a Redis server.
// Plain JavaScript that Node 20 runs without any package; says nothing when nothing is to be done.
//   node scripts/set-up.mjs [--without-redis] [--for-tests]
import { existsSync } from 'node:fs';
import { installPackages, nodeIsReady, packagesAreCurrent } from './set-up/packages.mjs';
import { installRedis, redisIsReady } from './set-up/redis.mjs';
import { fail, say, withLock } from './set-up/system.mjs';
import { installTools, toolsAreSettled } from './set-up/test-tools.mjs';

const NOT_POSSIBLE = 3;
const wantsRedis = !process.argv.includes('--without-redis');
const isForTests = process.argv.includes('--for-tests');

function isReady() {
  const hasPrograms = (!wantsRedis || redisIsReady()) && (!isForTests || toolsAreSettled());
  return packagesAreCurrent() && nodeIsReady() && hasPrograms;
}

async function setUp() {
  if (!existsSync('package.json')) fail(NOT_POSSIBLE, 'run this through npm, in the repository');
  if (isReady()) return;
  await withLock(async () => {
    // Another set-up may have done it while this one waited.
    if (isReady()) return;
    if (!packagesAreCurrent() || !nodeIsReady()) installPackages();
    if (wantsRedis && !redisIsReady()) installRedis();
    if (isForTests && !toolsAreSettled()) installTools();
  });
}

try {
  await setUp();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = NOT_POSSIBLE;
}
