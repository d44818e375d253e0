import { readFileSync } from 'node:fs';

/** A program of docs/notifications.md, as people copy it. */
export function recipe(name: string): string {
  const text = readFileSync('docs/notifications.md', 'utf8');
  const [, code] = text.split(`<!-- recipe: ${name} -->\n\`\`\``);
  const [, program] = /^\w+\n(.*?)```/s.exec(code ?? '') ?? [];
  if (program === undefined) throw new Error(`there is no recipe ${name}`);
  return program;
}
