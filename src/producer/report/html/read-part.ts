import { readFileSync } from 'node:fs';

/** A style sheet of the report; others that shall look alike read it, too. */
export function readStyle(name: string): string {
  return readPart(`style/${name}.css`);
}

/** The parts lie beside this file, in the sources as in the package. */
export function readPart(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}
