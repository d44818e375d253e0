import { ALL_DIALECTS, type Dialect } from './dialect.ts';

/** `CentOS *bit: 7.0 64, 7.1 64` is `CentOS 7.0 64bit` and `CentOS 7.1 64bit`. */
function names(text: string): readonly string[] {
  return text
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [pattern = '', list = ''] = line.split(': ');
      return list.split(', ').map((part) => pattern.replace('*', part));
    });
}

/** What both clouds document, spelled as they spell it. */
const BOTH = names(`
Windows *bit: 10 64
Windows Server * 64bit: 2016 Standard, 2016 Datacenter, 2012 R2 Standard, 2012 Essentials R2, 2012 R2 Datacenter, 2012 Datacenter, 2012 Standard, 2008 R2 WEB, 2008 R2 Standard, 2008 R2 Enterprise, 2008 R2 Datacenter
SUSE Linux Enterprise Server *bit: 15 SP1 64, 15 64, 12 SP5 64, 12 SP4 64, 12 SP3 64, 12 SP2 64, 12 SP1 64, 11 SP4 64, 11 SP3 64, 11 SP3 32
Oracle Linux Server release * 64bit: 7.6, 7.5, 7.4, 7.3, 7.2, 7.1, 7.0, 6.10, 6.9, 6.8, 6.7, 6.5
Redhat Linux Enterprise *bit: 8.0 64, 7.5 64, 7.4 64, 7.3 64, 7.2 64, 7.1 64, 7.0 64, 6.10 64, 6.9 64, 6.8 64, 6.7 64, 6.6 64, 6.6 32, 6.5 64, 6.4 64, 6.4 32
Ubuntu * server 64bit: 19.04, 18.04, 16.04, 14.04.5, 14.04.4, 14.04.3, 14.04.1, 14.04
Ubuntu * server 32bit: 14.04.4, 14.04.3, 14.04.1, 14.04
openSUSE * 64bit: 42.3, 42.2, 42.1, 15.0, 13.2, 11.3
CentOS * 64bit: 8.0, 7.7, 7.6, 7.5, 7.4, 7.3, 7.2, 7.1, 7.0, 6.10, 6.9, 6.8, 6.7, 6.6, 6.5, 6.4, 6.3
CentOS * 32bit: 7.0, 6.10, 6.7, 6.6, 6.5, 6.4, 6.3
Debian GNU/Linux * 64bit: 10.0.0, 9.3.0, 9.0.0, 8.10.0, 8.8.0, 8.7.0, 8.6.0, 8.5.0, 8.4.0, 8.2.0, 8.1.0
Fedora * 64bit: 30, 29, 28, 27, 26, 25, 24, 23, 22
EulerOS * 64bit: 2.9, 2.5, 2.3, 2.2, 2.1
openEuler * 64bit: 20.03`);

const ONLY: Readonly<Record<Dialect, readonly string[]>> = {
  otc: names(`
Windows 7 *bit: Enterprise 64, Professional 64, Professional 32
SUSE Linux Enterprise Server * 64bit: 12, 11 SP1
Redhat * 64bit: 7.6
Ubuntu * Server 64bit: 16.04.3, 16.04.2
openSUSE * 64bit: 15.1
CentOS * 32bit: 6.9
CoreOS *: 1068.10.0, 1010.5.0, 1298.6.0`),
  huawei: names(`
Windows Server 2019 * 64bit: Standard, Datacenter
Redhat Linux Enterprise * 64bit: 7.6
Ubuntu * server 64bit: 18.04.2, 18.04.1, 16.04.6, 16.04.5, 16.04.4, 16.04.3, 16.04.2
NeoKylin * 64bit: 7.4, Server release 5.0 U2, Linux Advanced Server release 7.0 U5`),
};

/** Not in the tables of the documentation, but used elsewhere in it, or listed by clouds since. */
const NEWER = new Set(
  names(`
Windows Server 2022 * 64bit: Standard, Datacenter
SUSE Linux Enterprise Server 15 * 64bit: SP2, SP3, SP4, SP5
Oracle Linux Server release * 64bit: 8.4
Ubuntu * server 64bit: 20.04, 22.04, 24.04
CentOS * 64bit: 7.8, 7.9, 8.1, 8.2
Debian GNU/Linux * 64bit: 11.1.0, 12.0.0
EulerOS * 64bit: 2.8
openEuler * 64bit: 22.03
Other Linux*: (64 bit)
Other*: (32 bit), (64 bit)`),
);

/** The names that a cloud documents. */
export const OS_VERSIONS: Readonly<Record<Dialect, readonly string[]>> = {
  otc: [...BOTH, ...ONLY.otc],
  huawei: [...BOTH, ...ONLY.huawei],
};

/** Every name that an image may have. */
export const OS_NAMES: readonly string[] = [
  ...new Set([...OS_VERSIONS.otc, ...OS_VERSIONS.huawei, ...NEWER]),
];

/** Which clouds document a name; both for one that is newer than their documents. */
export function cloudsOf(osVersion: string): readonly Dialect[] {
  if (NEWER.has(osVersion)) return ALL_DIALECTS;
  return ALL_DIALECTS.filter((dialect) => OS_VERSIONS[dialect].includes(osVersion));
}
