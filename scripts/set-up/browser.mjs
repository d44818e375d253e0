import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { rootPrefix } from './root.mjs';
import { findProgram, run, say } from './system.mjs';

/** Says that it was tried in vain: it is not tried again at every start. */
const TRIED = '.ims-ferry/no-chromium';
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const APT = `
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium > /dev/null
`;

/** A browser in PATH, or one that cannot be had here. */
export function browserIsSettled() {
  return BROWSERS.some((name) => findProgram(name) !== undefined) || existsSync(TRIED);
}

/** For tests only, so it never fails: what needs a browser is skipped then, and says so. */
export function installBrowser() {
  const prefix = findProgram('apt-get') === undefined ? undefined : rootPrefix();
  if (prefix !== undefined) {
    say('installing Chromium for the tests of the dashboard (apt-get)');
    const [program, ...args] = [...prefix, 'sh', '-c', APT];
    if (run(program, args) && findProgram('chromium') !== undefined) return;
  }
  say('no Chromium here: tests that need a browser are skipped');
  mkdirSync(dirname(TRIED), { recursive: true });
  writeFileSync(TRIED, '');
}
