import type { Dialect } from './dialect.ts';

/** What the addresses of a cloud's services are made of. */
export interface Place {
  readonly region: string;
  /** After the region: `otc.t-systems.com`. */
  readonly domain: string;
}

const OTC = 'otc.t-systems.com';
const SWISS_OTC = 'sc.otc.t-systems.com';
/** The domains of OTC's regions; every other region is one of Huawei. */
const OTC_REGIONS: Readonly<Record<string, string>> = {
  'eu-de': OTC,
  'eu-nl': OTC,
  'eu-ch2': SWISS_OTC,
};
const HUAWEI = 'myhuaweicloud.com';
const HUAWEI_REGION = /^[a-z]{2}-[a-z]+(-[a-z]+)?-\d{1,3}$/;

/**
 * By the address of IAM, whose region counts unless another one is wanted. OTC: `iam.eu-de.otc…`,
 * Swiss `iam-pub.eu-ch2.sc.otc…`. Huawei: `iam.REGION.myhuaweicloud.com`, and one for all regions.
 */
export function placeOf(authUrl: string, region: string | undefined): Place | undefined {
  const host = URL.canParse(authUrl) ? new URL(authUrl).hostname : '';
  const otc = /^iam(?:-pub)?\.([a-z0-9-]+)\.((?:sc\.)?otc\.t-systems\.com)$/.exec(host);
  const huawei = /^iam\.(?:([a-z0-9-]+)\.)?(myhuaweicloud\.(?:com|eu))$/.exec(host);
  const [, named, domain] = otc ?? huawei ?? [];
  const where = region ?? named;
  return domain === undefined || where === undefined ? undefined : { region: where, domain };
}

/** IAM of a region. Swiss OTC has another prefix; a region that is not one of OTC is one of Huawei. */
export function authUrlOfRegion(region: string): string {
  const domain = OTC_REGIONS[region] ?? HUAWEI;
  const host = domain === SWISS_OTC ? 'iam-pub' : 'iam';
  return `https://${host}.${region}.${domain}/v3`;
}

/** True for the name of a region of OTC or Huawei: `eu-de`, `cn-north-4`, `la-south-2`. */
export function isRegion(name: string): boolean {
  return OTC_REGIONS[name] !== undefined || HUAWEI_REGION.test(name);
}

export function imsOf({ region, domain }: Place): string {
  return `https://ims.${region}.${domain}`;
}

export function ecsOf({ region, domain }: Place): string {
  return `https://ecs.${region}.${domain}`;
}

/** Of the address of ECS: catalogs and users write a version and a project at its end. */
export function withoutVersion(url: string | undefined): string | undefined {
  return url?.replace(/\/v\d(\.\d)?(\/[\w%()$-]*)?$/, '');
}

const CONSOLES: Readonly<Record<string, string>> = {
  [OTC]: `console.${OTC}`,
  [SWISS_OTC]: `console.${SWISS_OTC}`,
  [HUAWEI]: 'console.huaweicloud.com',
};

/** IMS in the web console of a cloud; `undefined` where the address is not known. */
export function consoleOf({ region, domain }: Place): string | undefined {
  const host = CONSOLES[domain];
  return host && `https://${host}/ims/?region=${region}`;
}

export function obsOf({ region, domain }: Place): string {
  return `https://obs.${region}.${domain}`;
}

/** OTC, Huawei: the name of a project begins with its region, `eu-de_team`. */
export function regionOfProject(name: string | undefined): string | undefined {
  const [first = ''] = (name ?? '').split('_');
  return isRegion(first) ? first : undefined;
}

/** By the host of IAM, else by the region; anything else counts as OTC. */
export function dialectOf(authUrl: string, region: string | undefined): Dialect {
  const host = URL.canParse(authUrl) ? new URL(authUrl).hostname : '';
  if (/(^|\.)t-systems\.com$/.test(host)) return 'otc';
  if (/(^|\.)(myhuaweicloud|huaweicloud)\.[a-z]+$/.test(host)) return 'huawei';
  return HUAWEI_REGION.test(region ?? '') && OTC_REGIONS[region ?? ''] === undefined
    ? 'huawei'
    : 'otc';
}
