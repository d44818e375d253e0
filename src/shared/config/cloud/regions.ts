/** The parts of a cloud's service addresses. */
export interface Place {
  readonly region: string;
  /** After the region: `otc.t-systems.com`. */
  readonly domain: string;
}

const OTC = 'otc.t-systems.com';
const SWISS_OTC = 'sc.otc.t-systems.com';
/** OTC's regions; every other region is Huawei's. */
const DOMAINS: Readonly<Record<string, string>> = {
  'eu-de': OTC,
  'eu-nl': OTC,
  'eu-ch2': SWISS_OTC,
};
const HUAWEI = 'myhuaweicloud.com';

/**
 * Derived from the address of IAM, whose region is the default. OTC: `iam.eu-de.otc…`, Swiss
 * `iam-pub.eu-ch2.sc.otc…`. Huawei: `iam.REGION.myhuaweicloud.com`, and one address for all regions.
 */
export function placeOf(authUrl: string, region: string | undefined): Place | undefined {
  const host = URL.canParse(authUrl) ? new URL(authUrl).hostname : '';
  const otc = /^iam(?:-pub)?\.([a-z0-9-]+)\.((?:sc\.)?otc\.t-systems\.com)$/.exec(host);
  const huawei = /^iam\.(?:([a-z0-9-]+)\.)?(myhuaweicloud\.(?:com|eu))$/.exec(host);
  const [, named, domain] = otc ?? huawei ?? [];
  const where = region ?? named;
  return domain === undefined || where === undefined ? undefined : { region: where, domain };
}

/** IAM of a region; Swiss OTC has another prefix. */
export function authUrlOfRegion(region: string): string {
  const domain = DOMAINS[region] ?? HUAWEI;
  const host = domain === SWISS_OTC ? 'iam-pub' : 'iam';
  return `https://${host}.${region}.${domain}/v3`;
}

/** True for the name of a region of OTC or Huawei: `eu-de`, `cn-north-4`, `la-south-2`. */
export function isRegion(name: string): boolean {
  return DOMAINS[name] !== undefined || /^[a-z]{2}-[a-z]+(-[a-z]+)?-\d{1,3}$/.test(name);
}

export function imsOf({ region, domain }: Place): string {
  return `https://ims.${region}.${domain}`;
}

export function obsOf({ region, domain }: Place): string {
  return `https://obs.${region}.${domain}`;
}

/** OTC, Huawei: the name of a project begins with its region, `eu-de_team`. */
export function regionOfProject(name: string | undefined): string | undefined {
  const [first = ''] = (name ?? '').split('_');
  return isRegion(first) ? first : undefined;
}
