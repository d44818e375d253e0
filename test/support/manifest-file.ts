import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A manifest of `count` images in a folder that is removed with the test. */
export async function manifestFile(
  name: string,
  count: number,
  url = 'bucket:ok',
): Promise<string> {
  return textFile(`${name}.yaml`, imageLines(name, count, url));
}

/** The text of such a manifest. */
export function imageLines(name: string, count: number, url = 'bucket:ok'): string {
  const lines = [`name: ${name}`, 'defaults: { min_disk: 40 }', 'images:'];
  for (let index = 1; index <= count; index += 1) {
    const number = String(index).padStart(3, '0');
    lines.push(`  - { name: ${name}-${number}, image_url: "${url}/${name}-${number}.qcow2" }`);
  }
  return lines.join('\n');
}

export async function textFile(name: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}
