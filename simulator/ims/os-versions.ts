import type { Dialect } from '../options.ts';

/**
 * The operating systems of IMS, in the spelling of the documentation of both clouds ("Values of
 * Related Parameters"): those of both, and those of one of them.
 */
const BOTH = `
CentOS: CentOS 8.0 64bit, CentOS 7.7 64bit, CentOS 7.6 64bit, CentOS 7.5 64bit, CentOS 7.4 64bit,
  CentOS 7.3 64bit, CentOS 7.2 64bit, CentOS 7.1 64bit, CentOS 7.0 64bit, CentOS 7.0 32bit, CentOS
  6.10 64bit, CentOS 6.10 32bit, CentOS 6.9 64bit, CentOS 6.8 64bit, CentOS 6.7 64bit, CentOS 6.7
  32bit, CentOS 6.6 64bit, CentOS 6.6 32bit, CentOS 6.5 64bit, CentOS 6.5 32bit, CentOS 6.4 64bit,
  CentOS 6.4 32bit, CentOS 6.3 64bit, CentOS 6.3 32bit
Debian: Debian GNU/Linux 10.0.0 64bit, Debian GNU/Linux 9.3.0 64bit, Debian GNU/Linux 9.0.0 64bit,
  Debian GNU/Linux 8.10.0 64bit, Debian GNU/Linux 8.8.0 64bit, Debian GNU/Linux 8.7.0 64bit,
  Debian GNU/Linux 8.6.0 64bit, Debian GNU/Linux 8.5.0 64bit, Debian GNU/Linux 8.4.0 64bit, Debian
  GNU/Linux 8.2.0 64bit, Debian GNU/Linux 8.1.0 64bit
EulerOS: EulerOS 2.9 64bit, EulerOS 2.5 64bit, EulerOS 2.3 64bit, EulerOS 2.2 64bit, EulerOS 2.1
  64bit
Fedora: Fedora 30 64bit, Fedora 29 64bit, Fedora 28 64bit, Fedora 27 64bit, Fedora 26 64bit,
  Fedora 25 64bit, Fedora 24 64bit, Fedora 23 64bit, Fedora 22 64bit
Oracle Linux: Oracle Linux Server release 7.6 64bit, Oracle Linux Server release 7.5 64bit, Oracle
  Linux Server release 7.4 64bit, Oracle Linux Server release 7.3 64bit, Oracle Linux Server
  release 7.2 64bit, Oracle Linux Server release 7.1 64bit, Oracle Linux Server release 7.0 64bit,
  Oracle Linux Server release 6.10 64bit, Oracle Linux Server release 6.9 64bit, Oracle Linux
  Server release 6.8 64bit, Oracle Linux Server release 6.7 64bit, Oracle Linux Server release 6.5
  64bit
Red Hat: Redhat Linux Enterprise 8.0 64bit, Redhat Linux Enterprise 7.5 64bit, Redhat Linux
  Enterprise 7.4 64bit, Redhat Linux Enterprise 7.3 64bit, Redhat Linux Enterprise 7.2 64bit,
  Redhat Linux Enterprise 7.1 64bit, Redhat Linux Enterprise 7.0 64bit, Redhat Linux Enterprise
  6.10 64bit, Redhat Linux Enterprise 6.9 64bit, Redhat Linux Enterprise 6.8 64bit, Redhat Linux
  Enterprise 6.7 64bit, Redhat Linux Enterprise 6.6 64bit, Redhat Linux Enterprise 6.6 32bit,
  Redhat Linux Enterprise 6.5 64bit, Redhat Linux Enterprise 6.4 64bit, Redhat Linux Enterprise
  6.4 32bit
SUSE: SUSE Linux Enterprise Server 15 SP1 64bit, SUSE Linux Enterprise Server 15 64bit, SUSE Linux
  Enterprise Server 12 SP5 64bit, SUSE Linux Enterprise Server 12 SP4 64bit, SUSE Linux Enterprise
  Server 12 SP3 64bit, SUSE Linux Enterprise Server 12 SP2 64bit, SUSE Linux Enterprise Server 12
  SP1 64bit, SUSE Linux Enterprise Server 11 SP4 64bit, SUSE Linux Enterprise Server 11 SP3 64bit,
  SUSE Linux Enterprise Server 11 SP3 32bit
Ubuntu: Ubuntu 19.04 server 64bit, Ubuntu 18.04 server 64bit, Ubuntu 16.04 server 64bit, Ubuntu
  14.04.5 server 64bit, Ubuntu 14.04.4 server 64bit, Ubuntu 14.04.4 server 32bit, Ubuntu 14.04.3
  server 64bit, Ubuntu 14.04.3 server 32bit, Ubuntu 14.04.1 server 64bit, Ubuntu 14.04.1 server
  32bit, Ubuntu 14.04 server 64bit, Ubuntu 14.04 server 32bit
Windows: Windows 10 64bit, Windows Server 2016 Standard 64bit, Windows Server 2016 Datacenter
  64bit, Windows Server 2012 R2 Standard 64bit, Windows Server 2012 Essentials R2 64bit, Windows
  Server 2012 R2 Datacenter 64bit, Windows Server 2012 Datacenter 64bit, Windows Server 2012
  Standard 64bit, Windows Server 2008 R2 Standard 64bit, Windows Server 2008 R2 Enterprise 64bit,
  Windows Server 2008 R2 Datacenter 64bit
openEuler: openEuler 20.03 64bit
openSUSE: openSUSE 42.3 64bit, openSUSE 42.2 64bit, openSUSE 42.1 64bit, openSUSE 15.0 64bit,
  openSUSE 13.2 64bit, openSUSE 11.3 64bit
`;
const OTC = `
CentOS: CentOS 6.9 32bit
CoreOS: CoreOS 1068.10.0, CoreOS 1010.5.0, CoreOS 1298.6.0
Red Hat: Redhat 7.6 64bit
SUSE: SUSE Linux Enterprise Server 12 64bit, SUSE Linux Enterprise Server 11 SP1 64bit
Ubuntu: Ubuntu 16.04.3 Server 64bit, Ubuntu 16.04.2 Server 64bit
Windows: Windows 7 Enterprise 64bit, Windows 7 Professional 64bit, Windows 7 Professional 32bit,
  Windows Server 2008 R2 WEB 64bit
openSUSE: openSUSE 15.1 64bit
`;
const HUAWEI = `
NeoKylin: NeoKylin 7.4 64bit, NeoKylin Server release 5.0 U2 64bit, NeoKylin Linux Advanced Server
  release 7.0 U5 64bit
Red Hat: Redhat Linux Enterprise 7.6 64bit
Ubuntu: Ubuntu 18.04.2 server 64bit, Ubuntu 18.04.1 server 64bit, Ubuntu 16.04.6 server 64bit,
  Ubuntu 16.04.5 server 64bit, Ubuntu 16.04.4 server 64bit, Ubuntu 16.04.3 server 64bit, Ubuntu
  16.04.2 server 64bit
Windows: Windows Server 2019 Standard 64bit, Windows Server 2019 Datacenter 64bit,
  Windows Server 2008 R2 WEB 64bit
`;
/** Not in those tables, but listed by the clouds since then, or named in their examples. */
const NEWER = `
CentOS: CentOS 7.8 64bit, CentOS 7.9 64bit, CentOS 8.1 64bit, CentOS 8.2 64bit
Debian: Debian GNU/Linux 11.1.0 64bit, Debian GNU/Linux 12.0.0 64bit
Ubuntu: Ubuntu 20.04 server 64bit, Ubuntu 22.04 server 64bit, Ubuntu 24.04 server 64bit
Windows: Windows Server 2019 Standard 64bit, Windows Server 2019 Datacenter 64bit, Windows Server
  2022 Standard 64bit, Windows Server 2022 Datacenter 64bit
Other: Other Linux(64 bit), Other(64 bit), Other(32 bit)
`;

interface Version {
  readonly platform: string;
  readonly os_version: string;
}

function read(tables: readonly string[]): readonly Version[] {
  return tables.flatMap((table) =>
    table
      .trim()
      .split(/\n(?! )/)
      .flatMap((line) => {
        const [platform = '', list = ''] = line.split(': ');
        return list.split(',').map((name) => {
          return { platform, os_version: name.trim().replace(/\s+/g, ' ') };
        });
      }),
  );
}

const VERSIONS: Readonly<Record<Dialect, readonly Version[]>> = {
  otc: read([BOTH, OTC, NEWER]),
  huawei: read([BOTH, HUAWEI, NEWER]),
};

const KNOWN: Readonly<Record<Dialect, ReadonlySet<string>>> = {
  otc: new Set(VERSIONS.otc.map(({ os_version }) => os_version)),
  huawei: new Set(VERSIONS.huawei.map(({ os_version }) => os_version)),
};

export function isOsVersion(value: unknown, dialect: Dialect): boolean {
  return typeof value === 'string' && KNOWN[dialect].has(value);
}

/** What GET /v1/cloudimages/os_version answers: a list at the top, no wrapper. */
export function osVersionsBody(dialect: Dialect): readonly object[] {
  const groups = Map.groupBy(VERSIONS[dialect], ({ platform }) => platform);
  return [...groups].map(([platform, versions]) => ({
    platform,
    version_list: versions.map(({ os_version }) => ({
      platform,
      os_version_key: os_version,
      os_version,
      os_bit: /32 ?bit/.test(os_version) ? 32 : 64,
      os_type: platform === 'Windows' ? 'Windows' : 'Linux',
    })),
  }));
}
