import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readStyle } from '../../producer/report/html/read-part.ts';

export interface Asset {
  readonly type: string;
  readonly text: string;
}

/** The report's, so that both look alike; then what is only here. */
const STYLES = ['base', 'summary', 'list', 'narrow'] as const;
const OWN_STYLES = ['frame', 'batches', 'images', 'phone'] as const;
const SCRIPTS = ['morph', 'live'] as const;

const style = [
  ...STYLES.map(readStyle),
  ...OWN_STYLES.map((name) => readOwn(`style/${name}.css`)),
].join('\n');
const script = SCRIPTS.map((name) => readOwn(`script/${name}.js`)).join('\n');

/** The address changes with what is in it: a browser may keep it for ever. */
export const STYLE_PATH = `/assets/style-${hashOf(style)}.css`;
export const SCRIPT_PATH = `/assets/page-${hashOf(script)}.js`;

/** By their path. */
export const ASSETS: ReadonlyMap<string, Asset> = new Map([
  [STYLE_PATH, { type: 'text/css; charset=utf-8', text: style }],
  [SCRIPT_PATH, { type: 'text/javascript; charset=utf-8', text: script }],
  ['/assets/icon.svg', { type: 'image/svg+xml', text: readOwn('style/icon.svg') }],
]);

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** The parts lie beside this file, in the sources as in the package. */
function readOwn(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}
