import { distance } from '../text/distance.ts';
import { FIELD_NAMES, FIELDS } from './cloud/fields.ts';
import type { Env } from './env-reader.ts';
import { DEFAULT_TARGET, notifySetting } from './notify-config.ts';
import { defaultOf, SETTINGS } from './settings.ts';
import { unlessEmpty } from './values.ts';

const KNOWN = [
  ...new Set([
    ...SETTINGS.map(({ name }) => name),
    ...FIELD_NAMES.flatMap((field) => FIELDS[field].env),
  ]),
];
/** Read by compose files, the container image, workflows and tests, not by a command. */
const BESIDE = new Set([
  'IMS_FERRY_IMAGE',
  'IMS_FERRY_PACKAGE',
  'IMS_FERRY_DASHBOARD_PORT',
  'IMS_FERRY_HEARTBEAT_FILE',
  'IMS_FERRY_SIMULATOR_DURATION_MS',
  'IMS_FERRY_TEST_REDIS',
]);

/** Kubernetes sets these for each Service, such as one that is called ims-ferry. */
const OF_SERVICE = /_(?:SERVICE_HOST$|SERVICE_PORT|PORT$|PORT_\d)/;

/** What has no effect, or not the one that was meant. Names variables, never quotes an unknown one's value. */
export function settingWarnings(env: Env): readonly string[] {
  const set = Object.keys(env).filter((name) => unlessEmpty(env[name] ?? '') !== undefined);
  return [...set.flatMap((name) => unknownName(name, env) ?? []), ...aboveLimit(env)];
}

/**
 * Every name that begins like ours must be one of ours. Names that we share with other tools (OS_…) are
 * reported only where one of them is all but ours.
 */
function unknownName(name: string, env: Env): string | undefined {
  const isOurs = /^IMS_?FERRY/i.test(name);
  if (notifySetting(name)) return secretAlone(name, env);
  if (KNOWN.includes(name) || BESIDE.has(name) || OF_SERVICE.test(name)) return undefined;
  if (!isOurs && !/^(OS|OBS|IMS)_/.test(name)) return undefined;
  const [near] = KNOWN.map((known) => ({ known, far: distance(name.toUpperCase(), known) })).sort(
    (one, other) => one.far - other.far,
  );
  const isNear = near !== undefined && near.far <= mistakesIn(name, isOurs);
  if (isNear) return `${name} is not a setting and has no effect; did you mean ${near.known}?`;
  return isOurs
    ? `${name} is not a setting and has no effect; docs/settings.md lists all of them`
    : undefined;
}

/** Of a named target; the default one may be named on the command line. */
function secretAlone(name: string, env: Env): string | undefined {
  const { kind, target } = notifySetting(name) ?? {};
  if (kind !== 'secret' || target === DEFAULT_TARGET) return undefined;
  const url = name.replace('_SECRET_', '_URL_').replace(/_FILE$/, '');
  const isSet = [url, `${url}_FILE`].some((one) => unlessEmpty(env[one] ?? '') !== undefined);
  return isSet ? undefined : `${name} has no effect, because ${url} is not set`;
}

function mistakesIn(name: string, isOurs: boolean): number {
  if (isOurs) return Math.max(2, Math.floor((name.length - 'IMS_FERRY_'.length) / 3));
  return name.length < 11 ? 1 : 2;
}

/** IMS: 40 creation tasks at once per tenant, one image each. User guides of OTC and Huawei, "Constraints". */
const TASKS_OF_IMS = 40;

function aboveLimit(env: Env): readonly string[] {
  const name = 'IMS_FERRY_MAX_IN_FLIGHT';
  const limit = Number(unlessEmpty(env[name] ?? '') ?? defaultOf(name));
  if (!(limit > TASKS_OF_IMS)) return [];
  return [
    `${name} is ${limit}, but IMS creates at most ${TASKS_OF_IMS} images at once per tenant ("Constraints" in its user guide): it refuses more with IMG.0060, and they are tried again`,
  ];
}
