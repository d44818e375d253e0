import type { DiskLab } from './lab.ts';

/** An image that holds only what differs from another. */
export function createOver(base: string, format: string) {
  return ['qemu-img', 'create', '-b', base, '-F', format] as const;
}

export function createEncrypted(lab: DiskLab, name: string, options: string) {
  const [, format = ''] = name.split('.');
  const args = ['create', '--object', 'secret,id=key,data=secret12', '-f', format];
  return lab.run('qemu-img', ...args, '-o', `encrypt.key-secret=key,${options}`, name, '16M');
}
