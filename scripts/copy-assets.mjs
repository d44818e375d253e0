import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Copies what the compiler leaves out (styles, page scripts, Lua scripts) from `src` to `dist/src`. */
const ASSETS = /\.(css|svg|lua)$|\/script\/[^/]+\.js$/;
/** The types of the library (`exports` in package.json), and what they mention. */
const TYPES =
  /(library\/(batch|ferry|library-errors|simulator)|errors\/errors|faults\/faults)\.d\.ts$/;

for (const path of readdirSync('src', { recursive: true })) {
  if (!ASSETS.test(path)) continue;
  const target = join('dist/src', path);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(join('src', path), target);
}

for (const path of readdirSync('dist', { recursive: true })) {
  if (!path.endsWith('.d.ts')) continue;
  const file = join('dist', path);
  // The compiler rewrites `.ts` in imports of code, not in those of types.
  const text = readFileSync(file, 'utf8').replaceAll(/( from '\.[^']+)\.ts'/g, "$1.js'");
  if (TYPES.test(path)) writeFileSync(file, text);
  else rmSync(file);
}
