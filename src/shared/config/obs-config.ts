import { ConfigError } from '../errors/errors.ts';
import { type Env, EnvReader } from './env-reader.ts';
import { endpointOf } from './read-endpoints.ts';

/** How to talk to OBS: not needed to import, only to look at objects and to list buckets. */
export interface ObsConfig {
  /** Base URL without a trailing slash. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Of temporary keys. */
  readonly securityToken?: string;
}

/**
 * `undefined` when no keys are set.
 * @throws ConfigError when they are set by half, or no endpoint can be told
 */
export function loadObsConfig(env: Env): ObsConfig | undefined {
  const read = new EnvReader(env);
  const accessKey = read.text('OS_ACCESS_KEY') ?? read.text('S3_ACCESS_KEY_ID');
  const secretKey = read.text('OS_SECRET_KEY') ?? read.text('S3_SECRET_ACCESS_KEY');
  if (accessKey === undefined && secretKey === undefined) return undefined;
  if (accessKey === undefined) read.issues.push('OS_SECRET_KEY is set, but OS_ACCESS_KEY is not');
  if (secretKey === undefined) read.issues.push('OS_ACCESS_KEY is set, but OS_SECRET_KEY is not');
  const securityToken = read.text('OS_SECURITY_TOKEN');
  const place = placeOf(read);
  if (read.issues.length > 0) throw new ConfigError(read.issues);
  return {
    ...place,
    accessKey: accessKey ?? '',
    secretKey: secretKey ?? '',
    ...(securityToken === undefined ? {} : { securityToken }),
  };
}

function placeOf(read: EnvReader): Pick<ObsConfig, 'endpoint' | 'region'> {
  const derived = fromAuthUrl(read.text('OS_AUTH_URL') ?? '', read.text('OS_REGION_NAME'));
  const set = read.text('OBS_ENDPOINT');
  const region = read.text('OS_REGION_NAME') ?? derived?.region ?? 'eu-de';
  if (set !== undefined) return { endpoint: endpointOf(read, 'OBS_ENDPOINT', set), region };
  if (!derived) {
    read.issues.push('OBS_ENDPOINT is not set, and OS_AUTH_URL does not tell it');
    return { endpoint: '', region };
  }
  return { endpoint: `https://obs.${derived.region}.${derived.domain}`, region };
}

/** OTC: `iam.eu-de.otc…`, Swiss `iam-pub.eu-ch2.sc.otc…`. Huawei: `iam.myhuaweicloud.com`, too. */
function fromAuthUrl(
  authUrl: string,
  region: string | undefined,
): { readonly region: string; readonly domain: string } | undefined {
  const host = URL.canParse(authUrl) ? new URL(authUrl).hostname : '';
  const otc = /^iam(?:-pub)?\.([a-z0-9-]+)\.((?:sc\.)?otc\.t-systems\.com)$/.exec(host);
  const huawei = /^iam\.(?:([a-z0-9-]+)\.)?(myhuaweicloud\.(?:com|eu))$/.exec(host);
  const [, named, domain] = otc ?? huawei ?? [];
  const where = named ?? region;
  return domain === undefined || where === undefined ? undefined : { region: where, domain };
}
