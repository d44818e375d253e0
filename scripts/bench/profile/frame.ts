/** Whose code a frame is. */
export type Owner = 'ours' | 'package' | 'node' | 'engine';

/** A function as a reader knows it, without paths of this machine. */
export interface Frame {
  readonly owner: Owner;
  /** `src/shared/ledger`, `yaml`, `node:crypto`, `garbage collector`. */
  readonly module: string;
  /** `importKey (src/shared/image/import-key.ts:11)` */
  readonly label: string;
}

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

/** `root` is the folder of the repository, with a slash at its end. */
export function frameOf({ functionName, url, lineNumber }: CallFrame, root: string): Frame {
  const name = functionName === '' ? '(anonymous)' : functionName;
  const at = (place: string): string => `${name} (${place}:${lineNumber + 1})`;
  if (url === '') return engineFrame(name);
  if (url.startsWith('wasm:')) return { owner: 'engine', module: 'wasm', label: 'wasm' };
  const builtIn = /^node:(?:internal\/)?([^/]+)/.exec(url);
  if (builtIn) return { owner: 'node', module: `node:${builtIn[1]}`, label: at(url) };
  const file = url.replace(/^file:\/\//, '').replace(root, '');
  const inPackage = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\/(.*)$/.exec(file);
  if (inPackage) {
    const [, module = '', rest = ''] = inPackage;
    return { owner: 'package', module, label: at(`${module}/${rest}`) };
  }
  return { owner: 'ours', module: file.replace(/\/[^/]+$/, ''), label: at(file) };
}

/** What has no file: parts of the engine, and functions in C++. */
function engineFrame(name: string): Frame {
  const part = /^\((.+)\)$/.exec(name)?.[1];
  if (part === undefined || part === 'anonymous') {
    return { owner: 'engine', module: 'native functions', label: `${name} (native)` };
  }
  return { owner: 'engine', module: part, label: part };
}
