const version = (platform: string, os_version: string, os_type = 'Linux') => ({
  platform,
  os_version_key: os_version,
  os_version,
  os_bit: 64,
  os_type,
});

/** A piece of what GET /v1/cloudimages/os_version answers: a list at the top, no wrapper. */
export const OS_VERSIONS = [
  {
    platform: 'CentOS',
    version_list: [version('CentOS', 'CentOS 7.6 64bit'), version('CentOS', 'CentOS 7.0 64bit')],
  },
  { platform: 'Ubuntu', version_list: [version('Ubuntu', 'Ubuntu 18.04 server 64bit')] },
  {
    platform: 'Windows',
    version_list: [version('Windows', 'Windows Server 2019 Standard 64bit', 'Windows')],
  },
];
