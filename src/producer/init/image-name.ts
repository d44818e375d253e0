import { LIMITS, NAME } from '../../shared/image/image-fields.ts';

/** A name that IMS takes, made of a file's, and unlike those that are taken; it is added to them. */
export function imageName(basename: string, taken: Set<string>): string {
  const characters = [...basename].map((character) => (NAME.test(character) ? character : '-'));
  const base = characters.slice(0, LIMITS.name - 8).join('') || 'image';
  let name = base;
  for (let number = 2; taken.has(name); number += 1) name = `${base}-${number}`;
  taken.add(name);
  return name;
}
