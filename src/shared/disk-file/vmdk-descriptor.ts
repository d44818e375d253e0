import type { DiskFault } from './disk-file.ts';
import { dependsOn, elsewhere, encrypted, nameIn } from './faults.ts';

/** The text of a VMDK: a file of its own, or a part of the file with the data. */
interface VmdkDescriptor {
  readonly createType: string;
  readonly extents: readonly { readonly sectors: number; readonly file: string }[];
  readonly faults: readonly DiskFault[];
}

const NO_PARENT = 'ffffffff';

export function parseVmdkDescriptor(text: string): VmdkDescriptor {
  const lines = text.split(/\r?\n/, 4000);
  const values = new Map<string, string>();
  const extents: { sectors: number; file: string }[] = [];
  for (const line of lines) {
    const [, sectors, file = ''] =
      /^\s*(?:RW|RDONLY|NOACCESS)\s+(\d+)\s+\w+(?:\s+"([^"]*)")?/.exec(line) ?? [];
    if (sectors !== undefined) extents.push({ sectors: Number(sectors), file });
    const [name = '', ...value] = line.split('=');
    values.set(name.trim().toLowerCase(), value.join('=').trim().replace(/^"|"$/g, ''));
  }
  const createType = values.get('createtype') ?? '';
  return { createType, extents, faults: [...faultsOf(values)] };
}

function* faultsOf(values: ReadonlyMap<string, string>): Generator<DiskFault> {
  const parent = values.get('parentcid') ?? NO_PARENT;
  if (parent.toLowerCase() !== NO_PARENT) {
    const hint = values.get('parentfilenamehint');
    const name = hint === undefined ? `the disk with the CID ${nameIn(parent)}` : nameIn(hint);
    yield dependsOn('PARENT', `it holds only the changes of its parent, ${name}`);
  }
  if ([...values.keys()].some((name) => name.startsWith('encryption.'))) {
    yield encrypted('it is encrypted by VMware');
  }
}

/** Extents that are in other files than this one. */
export function extentsElsewhere(descriptor: VmdkDescriptor): DiskFault {
  const names = descriptor.extents.map(({ file }) => nameIn(file)).filter((name) => name !== '');
  const shown = names.slice(0, 3).join(', ');
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  const where = shown === '' ? 'files that it does not name' : `${shown}${more}`;
  return elsewhere(`it describes a disk whose data lies in ${where}`);
}
