/**
 * Installs a Debian package as root. Debian starts the service of a package: prevented now and at the next
 * boot.
 */
export function aptScript(name, { update = true } = {}) {
  return `
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\\nexit 101\\n' > "$policy" && chmod 755 "$policy"
fi
${update ? 'apt-get update -qq &&' : ''}
apt-get install -y -qq --no-install-recommends ${name} > /dev/null || exit 1
if [ -d /run/systemd/system ]; then systemctl disable --now -q ${name} 2> /dev/null; fi
exit 0
`;
}
