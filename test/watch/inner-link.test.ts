import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FolderScanner, innerTarget, readInFolder } from '../../src/producer/watch/scan-folder.ts';
import { dropFolder } from '../support/drop-folder.ts';

/** As the kubelet does it: a new folder, then `..data` is turned to it in one step. */
async function publish(folder: string, version: string, text: string): Promise<void> {
  const data = join(folder, `..${version}`);
  await mkdir(data);
  await writeFile(join(data, 'x.yaml'), text);
  await symlink(`..${version}`, join(folder, '..data_tmp'));
  await rename(join(folder, '..data_tmp'), join(folder, '..data'));
}

async function configMap(): Promise<string> {
  const folder = await dropFolder();
  await publish(folder, '2026_11_28', 'images: [1]\n');
  await symlink('..data/x.yaml', join(folder, 'x.yaml'));
  return folder;
}

async function textOf(folder: string, name = 'x.yaml'): Promise<string> {
  const read = await readInFolder(folder, name);
  return read.ok ? new TextDecoder().decode(read.bytes) : read.message;
}

describe('a ConfigMap as a watched folder', () => {
  test('shows its files, and each new version as a change', async () => {
    const folder = await configMap();
    const scanner = new FolderScanner(folder);
    const [first, ...others] = await scanner.scan();
    expect(others).toEqual([]);
    expect(first).toMatchObject({ name: 'x.yaml', looksWhole: true });
    expect(await textOf(folder)).toBe('images: [1]\n');
    expect(await scanner.scan()).toEqual([first]);

    await publish(folder, '2026_11_29', 'images: [2]\n');
    const [second] = await scanner.scan();
    expect(second?.print).not.toBe(first?.print);
    expect(await textOf(folder)).toBe('images: [2]\n');
  });

  test('may itself be reached through a link', async () => {
    const folder = await configMap();
    const other = await dropFolder();
    await symlink(folder, join(other, 'mounted'));
    expect(await textOf(join(other, 'mounted'))).toBe('images: [1]\n');
  });
});

describe('a link is not followed', () => {
  const REFUSED = 'is a symbolic link; name the file that it points to';

  test('out of the folder, also not by way of it', async () => {
    const [folder, outside] = [await configMap(), await dropFolder()];
    await writeFile(join(outside, 'secret.yaml'), 'secret');
    await symlink(join(outside, 'secret.yaml'), join(folder, 'a.yaml'));
    await symlink(outside, join(folder, '..out'));
    await symlink('..out/secret.yaml', join(folder, 'b.yaml'));
    await symlink('..data/../../etc/passwd', join(folder, 'c.yaml'));
    await symlink('..', join(folder, 'd.yaml'));
    for (const name of ['a.yaml', 'b.yaml', 'c.yaml', 'd.yaml']) {
      expect(await innerTarget(folder, name)).toBeUndefined();
      expect(await textOf(folder, name)).toBe(REFUSED);
    }
  });

  test('to a manifest in the folder itself, to nothing, or in a circle', async () => {
    const folder = await configMap();
    await writeFile(join(folder, 'real.yaml'), 'images: []\n');
    await symlink('real.yaml', join(folder, 'again.yaml'));
    await symlink('..data/none.yaml', join(folder, 'none.yaml'));
    await symlink('circle.yaml', join(folder, 'circle.yaml'));
    for (const name of ['again.yaml', 'none.yaml', 'circle.yaml']) {
      expect(await textOf(folder, name)).toBe(REFUSED);
    }
  });

  test('to something other than a file', async () => {
    const folder = await configMap();
    await symlink('..data', join(folder, 'folder.yaml'));
    expect(await textOf(folder, 'folder.yaml')).toBe('is a folder, not a file');
  });
});
