import { OS_NAMES } from '../../shared/dialect/os-versions.ts';
import { nearest, nearestThree } from './explain-text.ts';

/** What people call a system, and how the names that IMS lists for it begin. */
const FAMILIES: readonly (readonly [called: RegExp, begins: string])[] = [
  [/^(?:ms |microsoft )?win/, 'Windows'],
  [/^open ?suse/, 'openSUSE'],
  [/^(?:suse|sles?\b)/, 'SUSE Linux Enterprise'],
  [/^(?:oracle|ol ?\d)/, 'Oracle Linux'],
  [/^(?:red ?hat|rhel)/, 'Redhat'],
  [/^ubuntu/, 'Ubuntu'],
  [/^cent ?os/, 'CentOS'],
  [/^debian/, 'Debian'],
  [/^fedora/, 'Fedora'],
  [/^open ?euler/, 'openEuler'],
  [/^euler/, 'EulerOS'],
  [/^(?:fedora )?core ?os/, 'CoreOS'],
  [/^(?:neo)?kylin/, 'NeoKylin'],
  [/^(?:free|net|open)bsd/, 'Other('],
  [/^(?:other|rocky|alma|alpine|arch|amazon|kali|gentoo|mint|flatcar|nixos|linux)/, 'Other Linux'],
];

interface SimilarOs {
  readonly names: readonly string[];
  /** False if they are those of another version. */
  readonly isSame: boolean;
}

/** Names of the same system, and of them only those of the nearest version. None for an unknown system. */
export function similarOs(value: string): SimilarOs {
  const wanted = value.slice(0, 200).toLowerCase();
  const begins = FAMILIES.find(([called]) => called.test(wanted))?.[1];
  if (begins === undefined) {
    const near = nearest(value, OS_NAMES);
    return { names: near === undefined ? [] : [near], isSame: true };
  }
  const family = OS_NAMES.filter((name) => name.startsWith(begins));
  const bits = /32.?bit|i[36]86|x86\b/.test(wanted) ? '32' : '64';
  const ofBits = family.filter((name) => name.includes(`${bits}bit`));
  const numbers = numbersOf(wanted);
  const ranked = (ofBits.length > 0 ? ofBits : family)
    .map((name) => ({ name, far: versionDistance(numbers, numbersOf(name)) }))
    .toSorted((a, b) => a.far - b.far);
  const best = ranked[0]?.far ?? 0;
  // Another version of the system: only those next to it.
  const near = ranked.filter(({ far }) => far === best).map(({ name }) => name);
  return { names: nearestThree(value, near.toSorted(byVersion)), isSame: best === 0 };
}

/** Without those of `64bit` and `x86_64`. */
function numbersOf(name: string): readonly number[] {
  const version = name.replace(/x86_64|amd64|x64|(?:32|64)[ -]?bit/gi, '');
  return (version.match(/\d+/g) ?? []).map(Number);
}

/** 0 where a version begins with the numbers that are wanted: 11 is near to 11.1.0. */
function versionDistance(wanted: readonly number[], version: readonly number[]): number {
  const at = wanted.findIndex((number, index) => number !== version[index]);
  if (at < 0) return 0;
  const apart = Math.min(999, Math.abs((wanted[at] ?? 0) - (version[at] ?? 0)));
  return 1000 ** (2 - Math.min(at, 2)) * (apart + 1);
}

function byVersion(a: string, b: string): number {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  const at = left.findIndex((number, index) => number !== right[index]);
  return at < 0 ? 0 : (right[at] ?? -1) - (left[at] ?? -1);
}
