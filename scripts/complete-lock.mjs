// Adds the packages of other platforms that npm left out of package-lock.json.
// A registry that does not hold them makes `npm install` drop them silently, and `npm ci` then
// refuses the lock file everywhere. Run it after a dependency was added or changed.
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = 'package-lock.json';
const PLATFORM = /-(android|darwin|freebsd|linux|win32)-(arm64|arm|ia32|x64)(-musl)?$/;

const lock = JSON.parse(readFileSync(FILE, 'utf8'));
const { '': root, ...packages } = lock.packages;

for (const parent of Object.values({ ...packages })) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`;
    const [, os, cpu, musl] = PLATFORM.exec(name) ?? [];
    if (path in packages || os === undefined) continue;
    packages[path] = {
      version,
      cpu: [cpu],
      ...(parent.dev ? { dev: true } : {}),
      ...(musl ? { libc: ['musl'] } : {}),
      license: parent.license,
      optional: true,
      os: [os],
    };
    process.stderr.write(`added ${name} ${version}\n`);
  }
}

const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
lock.packages = { '': root, ...Object.fromEntries(sorted) };
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
