import { show } from './issue.ts';
import { nearestFew } from './suggest.ts';

const list = (pattern: string, versions: string): readonly string[] =>
  versions.split(', ').map((version) => pattern.replace('*', version));

/**
 * IMS: documented values of os_version ("Values of Related Parameters"), and newer ones that clouds
 * list. Only for advice: the list that counts is fetched from the cloud.
 */
const KNOWN: readonly string[] = [
  ...list('Windows *bit', '10 64, 7 Enterprise 64, 7 Professional 64, 7 Professional 32'),
  ...list('Windows Server * Standard 64bit', '2008 R2, 2012, 2012 R2, 2016, 2019, 2022'),
  ...list('Windows Server * Datacenter 64bit', '2008 R2, 2012, 2012 R2, 2016, 2019, 2022'),
  ...list('Windows Server * 64bit', '2008 R2 WEB, 2008 R2 Enterprise, 2012 Essentials R2'),
  ...list('SUSE Linux Enterprise Server 11 *bit', 'SP1 64, SP3 32, SP3 64, SP4 64'),
  ...list('SUSE Linux Enterprise Server * 64bit', '12, 12 SP1, 12 SP2, 12 SP3, 12 SP4, 12 SP5'),
  ...list('SUSE Linux Enterprise Server * 64bit', '15, 15 SP1, 15 SP2, 15 SP3, 15 SP4, 15 SP5'),
  ...list('Oracle Linux Server release * 64bit', '6.5, 6.7, 6.8, 6.9, 6.10, 7.0, 7.1, 7.2'),
  ...list('Oracle Linux Server release * 64bit', '7.3, 7.4, 7.5, 7.6, 8.4'),
  ...list('Red Hat Linux Enterprise * 64bit', '6.4, 6.5, 6.6, 6.7, 6.8, 6.9, 6.10, 7.0, 7.1'),
  ...list('Red Hat Linux Enterprise * 64bit', '7.2, 7.3, 7.4, 7.5, 8.0'),
  ...list('Red Hat Linux Enterprise * 32bit', '6.4, 6.6'),
  ...list('Redhat Linux Enterprise * 64bit', '7.5, 7.6, 8.0'),
  'Red Hat 7.6 64bit',
  ...list('Ubuntu * server 32bit', '14.04, 14.04.1, 14.04.3, 14.04.4'),
  ...list('Ubuntu * server 64bit', '14.04, 14.04.1, 14.04.3, 14.04.4, 14.04.5, 16.04, 18.04'),
  ...list('Ubuntu * server 64bit', '19.04, 20.04, 22.04, 24.04'),
  ...list('Ubuntu * Server 64bit', '16.04.2, 16.04.3'),
  ...list('openSUSE * 64bit', '11.3, 13.2, 15.0, 15.1, 42.1, 42.2, 42.3'),
  ...list('CentOS * 64bit', '6.3, 6.4, 6.5, 6.6, 6.7, 6.8, 6.9, 6.10, 7.0, 7.1, 7.2, 7.3, 7.4'),
  ...list('CentOS * 64bit', '7.5, 7.6, 7.7, 7.8, 7.9, 8.0, 8.1, 8.2'),
  ...list('CentOS * 32bit', '6.3, 6.4, 6.5, 6.6, 6.7, 6.9, 6.10, 7.0'),
  ...list('Debian GNU/Linux * 64bit', '8.1.0, 8.2.0, 8.4.0, 8.5.0, 8.6.0, 8.7.0, 8.8.0'),
  ...list('Debian GNU/Linux * 64bit', '8.10.0, 9.0.0, 9.3.0, 10.0.0, 11.1.0, 12.0.0'),
  ...list('Fedora * 64bit', '22, 23, 24, 25, 26, 27, 28, 29, 30'),
  ...list('EulerOS * 64bit', '2.1, 2.2, 2.3, 2.5, 2.8, 2.9'),
  ...list('CoreOS *', '1010.5.0, 1068.10.0, 1298.6.0'),
  ...list('openEuler * 64bit', '20.03, 22.03'),
  ...list('Other*', ' Linux(64 bit), (32 bit), (64 bit)'),
];
const known = new Set(KNOWN);

/**
 * A warning for a value that IMS may refuse (IMG.0056). Only a warning: clouds differ, and the list
 * that counts is the cloud's.
 */
export function osVersionWarning(value: string): string | undefined {
  if (known.has(value)) return undefined;
  const near = nearestFew(value, KNOWN, 3).map(show).join(', ');
  return `is ${show(value)}, which IMS may not know (IMG.0056); near are ${near}`;
}
