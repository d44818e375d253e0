import { show } from './issue.ts';
import { nearestFew } from './suggest.ts';

/** IMS: some of the values of os_version. The full list differs by cloud and grows. */
const KNOWN = [
  ...['7.0', '7.2', '7.4', '7.6', '7.9', '8.0', '8.2'].map((v) => `CentOS ${v} 64bit`),
  ...['16.04', '18.04', '20.04', '22.04', '24.04'].map((v) => `Ubuntu ${v} server 64bit`),
  ...['9.0.0', '10.0.0', '11.1.0', '12.0.0'].map((v) => `Debian GNU/Linux ${v} 64bit`),
  ...['2012 R2', '2016', '2019', '2022'].map((v) => `Windows Server ${v} Standard 64bit`),
  ...['2016', '2019', '2022'].map((v) => `Windows Server ${v} Datacenter 64bit`),
  ...['7.5', '7.6', '8.0'].map((v) => `Redhat Linux Enterprise ${v} 64bit`),
  ...['7.6', '8.4'].map((v) => `Oracle Linux Server release ${v} 64bit`),
  ...['12 SP5', '15 SP1', '15 SP3'].map((v) => `SUSE Linux Enterprise Server ${v} 64bit`),
  ...['42.3', '15.0', '15.1'].map((v) => `openSUSE ${v} 64bit`),
  ...['29', '30'].map((v) => `Fedora ${v} 64bit`),
  ...['2.5', '2.8', '2.9'].map((v) => `EulerOS ${v} 64bit`),
  ...['20.03', '22.03'].map((v) => `openEuler ${v} 64bit`),
  'CoreOS 1068.10.0',
  'Other Linux(64 bit)',
  'Other(32 bit)',
  'Other(64 bit)',
];
const FAMILIES = new Set(KNOWN.map(familyOf));

/**
 * A warning for a value that IMS most likely refuses (IMG.0056). Only a warning: the real list comes
 * from the cloud, and a newer version of a known system is likely there.
 */
export function osVersionWarning(value: string): string | undefined {
  const looksRight = FAMILIES.has(familyOf(value)) && /(32|64) ?bit\)?$/.test(value);
  if (looksRight || KNOWN.includes(value)) return undefined;
  const near = nearestFew(value, KNOWN, 3).map(show).join(', ');
  return `is ${show(value)}, which IMS may not know (IMG.0056); near are ${near}`;
}

function familyOf(value: string): string {
  return value.split(/[\s(]/)[0] ?? '';
}
