/** `*` stands for any characters, `?` for one; everything else for itself. */
export function nameMatcher(pattern: string): (name: string) => boolean {
  const text = pattern
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${text}$`, 'su');
  return (name) => expression.test(name);
}
