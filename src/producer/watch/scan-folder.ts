import type { BigIntStats } from 'node:fs';
import { lstat, open, readdir, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { type FileBytes, READ_SAFELY, readRegularFile } from '../manifest/read-file.ts';

const RECEIPT = '.result.json';
const MANIFEST = /\.(?:ya?ml|json|csv)$/i;
/** Dotfiles, `~$x.yaml` and `~x.yaml` of office programs, and our own JSON Schema. */
const NO_MANIFEST = /^[.~#]|\.(?:result|schema)\.json$/i;
const NEWLINE = 0x0a;
/** `}` and `]` */
const CLOSING = [0x7d, 0x5d];

/**
 * True for what is read as a manifest: `*.yaml`, `*.yml`, `*.json`, `*.csv`, in any case. What editors and
 * copying programs write first (`.tmp`, `.part`, `.swp`, `~`, dotfiles) ends or begins differently.
 */
export function isManifestName(name: string): boolean {
  return MANIFEST.test(name) && !NO_MANIFEST.test(name);
}

/** `x.yaml` → `x.yaml.result.json` */
export function receiptName(name: string): string {
  return `${name}${RECEIPT}`;
}

/** Inode, size, times and mode: a file that was written or made readable differs in one of them. */
export function printOf({ ino, size, mtimeNs, ctimeNs, mode }: BigIntStats): string {
  return [ino, size, mtimeNs, ctimeNs, mode].join(':');
}

/** True for the same content under another name: a rename changes only the last two parts. */
export function isSameContent(print: string, other: string): boolean {
  const content = (text: string): string => text.split(':').slice(0, 3).join(':');
  return content(print) === content(other);
}

/** One version of a file, recognised without reading it. */
export interface FileVersion {
  readonly name: string;
  /** Inode, size and times. */
  readonly print: string;
  /** False while it is empty or its last line has no end: it may be about to grow. */
  readonly looksWhole: boolean;
}

/** Scans a folder repeatedly; opens only what has changed since the last scan. */
export class FolderScanner {
  readonly #folder: string;
  #last: ReadonlyMap<string, FileVersion> = new Map();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * The manifests of the folder, and everything else with the name of one, sorted. Subfolders are not
   * entered.
   * @throws the error of the file system when the folder cannot be read
   */
  async scan(): Promise<readonly FileVersion[]> {
    const names = (await readdir(this.#folder)).filter(isManifestName).sort();
    const versions: FileVersion[] = [];
    for (const name of names) {
      const version = await this.#versionOf(name);
      if (version) versions.push(version);
    }
    this.#last = new Map(versions.map((version) => [version.name, version]));
    return versions;
  }

  /** `undefined` when it is gone. A name that is not UTF-8 is refused when it is read. */
  async #versionOf(name: string): Promise<FileVersion | undefined> {
    // Of a link that is followed, the target is what changes.
    const path = (await innerTarget(this.#folder, name)) ?? join(this.#folder, name);
    const facts = await lstat(path, { bigint: true }).catch(() => undefined);
    if (!facts) {
      return name.includes('\ufffd') ? { name, print: 'none', looksWhole: true } : undefined;
    }
    const print = printOf(facts);
    const last = this.#last.get(name);
    if (last?.print === print) return last;
    return { name, print, looksWhole: !facts.isFile() || (await looksWhole(path, facts.size)) };
  }
}

/** Its last line is ended, or it ends as JSON does. A file that cannot be opened is refused later. */
async function looksWhole(path: string, size: bigint): Promise<boolean> {
  if (size === 0n) return false;
  const handle = await open(path, READ_SAFELY).catch(() => undefined);
  if (!handle) return true;
  try {
    const byte = new Uint8Array(1);
    await handle.read(byte, 0, 1, Number(size) - 1);
    const [last = 0] = byte;
    return last === NEWLINE || (CLOSING.includes(last) && path.toLowerCase().endsWith('.json'));
  } finally {
    await handle.close();
  }
}

/**
 * The target of a link, when it is within the folder: Kubernetes makes such links for a ConfigMap
 * (`x.yaml` → `..data/x.yaml`, `..data` → `..2026_11_29…`). A manifest directly in the folder is found
 * anyway. `undefined`: not a link, or one that is not followed.
 */
export async function innerTarget(folder: string, name: string): Promise<string | undefined> {
  const path = join(folder, name);
  const facts = await lstat(path).catch(() => undefined);
  if (!facts?.isSymbolicLink()) return undefined;
  const [root, target] = await Promise.all([realOf(folder), realOf(path)]);
  if (root === undefined || target === undefined) return undefined;
  const inner = relative(root, target);
  // Not `..` alone: the folders of a ConfigMap begin with it.
  if (inner === '..' || inner.startsWith(`..${sep}`) || isAbsolute(inner)) return undefined;
  const isFoundAnyway = dirname(target) === root && isManifestName(basename(target));
  return isFoundAnyway ? undefined : target;
}

/** The bytes of a file of the folder, also through such a link; or the reason why not. */
export async function readInFolder(folder: string, name: string): Promise<FileBytes> {
  const target = await innerTarget(folder, name);
  if (target === undefined) return readRegularFile(join(folder, name));
  const read = await readRegularFile(target);
  // A folder on the way may have been replaced by a link that leads out.
  if (read.ok && (await realOf(target)) !== target) {
    return { ok: false, message: 'its link changed while it was read; try again' };
  }
  return read;
}

function realOf(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined);
}

/** How much longer a file that does not look whole is left alone. */
const PATIENCE = 5;

interface Known {
  readonly print: string;
  readonly since: number;
  isTaken: boolean;
}

/**
 * Decides which files are complete: those that have not changed for `quietMs`, by our own clock, since
 * that of a file server may differ.
 */
export class CompleteFiles {
  readonly #quietMs: number;
  readonly #known = new Map<string, Known>();

  constructor(quietMs: number) {
    this.#quietMs = quietMs;
  }

  /**
   * Takes all files of the folder at a monotonic time, in milliseconds. Returns the complete ones that
   * are not taken yet, and when to check again for those that may be complete then.
   */
  update(
    versions: readonly FileVersion[],
    now: number,
  ): { readonly ready: readonly FileVersion[]; readonly againMs: number | undefined } {
    const names = new Set(versions.map(({ name }) => name));
    for (const name of this.#known.keys()) if (!names.has(name)) this.#known.delete(name);
    const ready: FileVersion[] = [];
    let againMs: number | undefined;
    for (const version of versions) {
      const known = this.#note(version, now);
      if (known.isTaken) continue;
      const leftMs = known.since + this.#quietMs * (version.looksWhole ? 1 : PATIENCE) - now;
      if (leftMs <= 0) ready.push(version);
      else againMs = Math.min(againMs ?? leftMs, leftMs);
    }
    return { ready, againMs };
  }

  /** This version needs nothing more. */
  taken({ name, print }: FileVersion): void {
    const known = this.#known.get(name);
    if (known?.print === print) known.isTaken = true;
  }

  /** The version that was taken; `undefined` when there is a newer one, or none. */
  takenPrint(name: string): string | undefined {
    const known = this.#known.get(name);
    return known?.isTaken ? known.print : undefined;
  }

  #note({ name, print }: FileVersion, now: number): Known {
    const known = this.#known.get(name);
    if (known?.print === print) return known;
    const fresh = { print, since: now, isTaken: false };
    this.#known.set(name, fresh);
    return fresh;
  }
}
