import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { aptScript } from './apt.mjs';
import { rootPrefix } from './root.mjs';
import { findProgram, run, say } from './system.mjs';

/** Programs that some of the long tests need; without them these tests are skipped. */
const TOOLS = [
  {
    programs: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    packageName: 'chromium',
    what: 'Chromium (the dashboard in a browser)',
  },
  // The library contains the programs and starts no service.
  {
    programs: ['keystone-wsgi-public'],
    packageName: 'python3-keystone',
    what: 'Keystone (logins at a real IAM)',
  },
  // As above: the server is in another package.
  {
    programs: ['glance-wsgi-api'],
    packageName: 'glance-common',
    what: 'Glance (a real image service)',
  },
  {
    programs: ['openstack'],
    packageName: 'python3-openstackclient',
    what: 'openstackclient (a foreign client of the simulator)',
  },
  { programs: ['promtool'], packageName: 'prometheus', what: 'promtool (the alert rules)' },
  {
    programs: ['docker-compose'],
    packageName: 'docker-compose',
    what: 'docker-compose (the Compose files)',
  },
  { programs: ['openssl'], packageName: 'openssl', what: 'openssl (certificates for TLS)' },
];

function isThere({ programs }) {
  return programs.some((name) => findProgram(name) !== undefined);
}

/** Records that it could not be installed: it is not tried again at every start. */
function noteOf({ packageName }) {
  return `.ims-ferry/without-${packageName}`;
}

/** True when each is installed, or cannot be installed here. */
export function toolsAreSettled() {
  return TOOLS.every((tool) => isThere(tool) || existsSync(noteOf(tool)));
}

/** Never fails: without a tool the tests that need it are skipped, which is reported. */
export function installTools() {
  const prefix = findProgram('apt-get') === undefined ? undefined : rootPrefix();
  let update = true;
  for (const tool of TOOLS.filter((one) => !isThere(one))) {
    if (prefix !== undefined) {
      say(`installing ${tool.what} for tests (apt-get)`);
      const script = aptScript(tool.packageName, { update });
      const [program, ...args] = [...prefix, 'sh', '-c', script];
      update = false;
      if (run(program, args) && isThere(tool)) continue;
    }
    say(`no ${tool.what} here: tests that need it will be skipped`);
    mkdirSync(dirname(noteOf(tool)), { recursive: true });
    writeFileSync(noteOf(tool), '');
  }
}
