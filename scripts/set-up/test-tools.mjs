import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { rootPrefix } from './root.mjs';
import { findProgram, run, say } from './system.mjs';

/** Programs that some tests need: those tests are skipped where they cannot be had. */
const TOOLS = [
  {
    programs: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    packageName: 'chromium',
    what: 'Chromium (the dashboard in a browser)',
  },
  { programs: ['promtool'], packageName: 'prometheus', what: 'promtool (the alert rules)' },
];

/** Debian starts a service with a package: forbid it for the moment, and for the next boot. */
const apt = (name) => `
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\\nexit 101\\n' > "$policy" && chmod 755 "$policy"
fi
apt-get update -qq &&
apt-get install -y -qq --no-install-recommends ${name} > /dev/null || exit 1
if [ -d /run/systemd/system ]; then systemctl disable --now -q ${name} 2> /dev/null; fi
exit 0
`;

function isThere({ programs }) {
  return programs.some((name) => findProgram(name) !== undefined);
}

/** Says that it was tried in vain: it is not tried again at every start. */
function noteOf({ packageName }) {
  return `.ims-ferry/without-${packageName}`;
}

/** True when each is there, or cannot be had here. */
export function toolsAreSettled() {
  return TOOLS.every((tool) => isThere(tool) || existsSync(noteOf(tool)));
}

/** Never fails: what needs a tool is skipped without it, and says so. */
export function installTools() {
  const prefix = findProgram('apt-get') === undefined ? undefined : rootPrefix();
  for (const tool of TOOLS.filter((one) => !isThere(one))) {
    if (prefix !== undefined) {
      say(`installing ${tool.what} for tests (apt-get)`);
      const [program, ...args] = [...prefix, 'sh', '-c', apt(tool.packageName)];
      if (run(program, args) && isThere(tool)) continue;
    }
    say(`no ${tool.what} here: tests that need it are skipped`);
    mkdirSync(dirname(noteOf(tool)), { recursive: true });
    writeFileSync(noteOf(tool), '');
  }
}
