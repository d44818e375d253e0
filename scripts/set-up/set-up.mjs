import { existsSync } from 'node:fs';
import { installPackages, nodeIsReady, packagesAreCurrent } from './packages.mjs';
import { installRedis, redisIsReady, waysToRedis } from './redis.mjs';
import { say, withLock } from './system.mjs';
import { installTools, toolsAreSettled } from './test-tools.mjs';

const NOT_POSSIBLE = 3;

/** Sets the exit code to 3, with one reason, if something cannot be installed. */
export async function setUp(flags) {
  try {
    if (!existsSync('package.json')) throw new Error('run this through npm, in the repository');
    if (isNothing(findMissing(flags))) return;
    await withLock(() => {
      // Another set-up may have finished while this one waited.
      const missing = findMissing(flags);
      if (!isNothing(missing)) install(missing);
    });
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = NOT_POSSIBLE;
  }
}

function findMissing(flags) {
  return {
    packages: !packagesAreCurrent() || !nodeIsReady(),
    redis: !flags.includes('--without-redis') && !redisIsReady(),
    tools: flags.includes('--for-all-tests') && !toolsAreSettled(),
  };
}

function isNothing(missing) {
  return Object.values(missing).every((one) => !one);
}

/** What may fail comes first: the packages take minutes. */
function install(missing) {
  if (missing.redis) {
    const ways = waysToRedis();
    if (missing.packages) {
      say(`installing a Redis server (${ways[0].name}), then the packages and Node (npm)`);
    }
    installRedis(ways);
  }
  if (missing.packages) installPackages();
  if (missing.tools) installTools();
}
