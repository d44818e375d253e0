import { existsSync } from 'node:fs';
import { aptScript } from './apt.mjs';
import { rootPrefix, runScript } from './root.mjs';
import { findProgram, leaveNote, say } from './system.mjs';

/** Programs that some of the long tests need; without them these tests are skipped. */
const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const TOOLS = [
  [CHROMIUM, 'chromium', 'Chromium (the dashboard in a browser)'],
  // These two packages contain the programs and start no service.
  [['keystone-wsgi-public'], 'python3-keystone', 'Keystone (logins at a real IAM)'],
  [['glance-wsgi-api'], 'glance-common', 'Glance (a real image service)'],
  [['openstack'], 'python3-openstackclient', 'openstackclient (a foreign client of the simulator)'],
  [['promtool'], 'prometheus', 'promtool (the alert rules)'],
  [['docker-compose'], 'docker-compose', 'docker-compose (the Compose files)'],
  [['openssl'], 'openssl', 'openssl (certificates for TLS)'],
  [['kubectl'], 'kubernetes-client', 'kubectl (the files for Kubernetes)'],
  [['systemd-analyze'], 'systemd', 'systemd-analyze (the unit for systemd)'],
  [['jq'], 'jq', 'jq (the example for GitHub Actions)'],
  [['qemu-img'], 'qemu-utils', 'qemu-img (image files of all formats)'],
  [['sfdisk'], 'fdisk', 'sfdisk (partition tables)'],
  [['xorriso'], 'xorriso', 'xorriso (ISO images)'],
  [['xz'], 'xz-utils', 'xz (compressed image files)'],
  [['bzip2'], 'bzip2', 'bzip2 (compressed image files)'],
  [['zstd'], 'zstd', 'zstd (compressed image files)'],
  [['zip'], 'zip', 'zip (compressed image files)'],
].map(([programs, packageName, what]) => ({ programs, packageName, what }));

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
      update = false;
      if (runScript(prefix, script) && isThere(tool)) continue;
    }
    say(`no ${tool.what} here: tests that need it will be skipped`);
    leaveNote(noteOf(tool));
  }
}
