import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Copies what the compiler leaves out (styles, page scripts, Lua scripts) from `src` to `dist/src`. */
const ASSETS = /\.(css|svg|lua)$|\/script\/[^/]+\.js$/;

for (const path of readdirSync('src', { recursive: true })) {
  if (!ASSETS.test(path)) continue;
  const target = join('dist/src', path);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(join('src', path), target);
}
