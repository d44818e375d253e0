import { noteSecret } from '../errors/known-secrets.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import type { ProxyConfig } from './cloud/cloud-config.ts';
import type { EnvReader } from './env-reader.ts';
import { readText } from './named-files.ts';
import { proxyOf } from './network-config.ts';
import { addressFault, isLoopback, withoutBlanks } from './values.ts';

/** Who is notified. Address and secrets are never logged, shown or stored. */
export interface NotifyTarget {
  /** `default`, or what follows IMS_FERRY_NOTIFY_URL_, in lower case. */
  readonly name: string;
  readonly url: string;
  /** With port, for people. */
  readonly host: string;
  /** Keys to sign with: several while one replaces another. None: not signed. */
  readonly keys: readonly Buffer[];
}

export interface NotifyConfig {
  readonly targets: readonly NotifyTarget[];
  /** Addresses of this machine and of private networks may be called. */
  readonly allowPrivate: boolean;
  readonly proxy?: ProxyConfig;
}

/** Shorter parts of a path are words. */
const TOKEN_LENGTH = 16;
export const DEFAULT_TARGET = 'default';
const URL_NAME = 'IMS_FERRY_NOTIFY_URL';
const SECRET_NAME = 'IMS_FERRY_NOTIFY_SECRET';
const OF_TARGET = /^IMS_FERRY_NOTIFY_(URL|SECRET)(?:_(?!FILE$)([A-Z][A-Z0-9_]{0,31}?))?(?:_FILE)?$/;

/** What a setting of notifications is about; `undefined` for any other name. */
export function notifySetting(name: string) {
  const [, kind, suffix] = OF_TARGET.exec(name) ?? [];
  if (kind === undefined) return undefined;
  const isFile = name.endsWith('_FILE');
  return { kind: kind === 'URL' ? 'url' : 'secret', target: targetName(suffix), isFile } as const;
}

/** The name of a target, however it is written: `ops-team`, `OPS_TEAM`. */
export function targetName(written: string | undefined): string {
  return written === undefined ? DEFAULT_TARGET : written.toLowerCase().replaceAll('-', '_');
}

export function notifyOf(read: EnvReader, allowHttp: boolean): NotifyConfig {
  const allowPrivate = read.flag('IMS_FERRY_NOTIFY_ALLOW_PRIVATE');
  const named = read
    .names(URL_NAME)
    .filter((name) => notifySetting(name)?.kind === 'url')
    .map((name) => name.slice(URL_NAME.length).replace(/_FILE$/, ''));
  const suffixes = [...new Set(['', ...named])];
  const targets = suffixes.flatMap((suffix) => targetOf(read, suffix, allowHttp) ?? []);
  const proxy = targets.length === 0 ? undefined : proxyOf(read);
  return omitUndefined({ targets, allowPrivate, proxy });
}

function targetOf(read: EnvReader, suffix: string, allowHttp: boolean): NotifyTarget | undefined {
  const setting = `${URL_NAME}${suffix}`;
  const url = withoutBlanks(secretText(read, setting) ?? '');
  const keys = keysOf(read, `${SECRET_NAME}${suffix}`);
  if (url === '') return undefined;
  const fault = urlFault(url, allowHttp);
  if (fault !== undefined) {
    read.issues.push(`${setting} ${fault}`);
    return undefined;
  }
  const { host, pathname, search, password } = new URL(url);
  const tokens = pathname.split('/').filter(({ length }) => length >= TOKEN_LENGTH);
  for (const secret of [url, `${pathname}${search}`, password, ...tokens]) noteSecret(secret);
  return { name: targetName(suffix.slice(1) || undefined), url, host, keys };
}

/** The value of a setting, or the text of the file that its `_FILE` names. */
function secretText(read: EnvReader, name: string): string | undefined {
  const value = read.text(name);
  const path = read.text(`${name}_FILE`);
  if (value !== undefined || path === undefined) return value;
  const { text, fault } = readText(path);
  if (fault !== undefined) read.issues.push(`${name}_FILE: ${path} ${fault}`);
  return text;
}

/** The message never repeats the address: it often is a secret. */
function urlFault(value: string, allowHttp: boolean): string | undefined {
  const fault = addressFault(value);
  if (fault !== undefined) return fault;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return 'is not a URL; expected https://host/path';
  }
  if (url.hash !== '') return 'contains a #; remove it and what follows';
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && !allowHttp) {
    return 'is plain http; expected https (http is allowed on loopback only)';
  }
  return undefined;
}

/** Of `whsec_` and base64, as Standard Webhooks has it. */
const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;
const KEY_BYTES = { least: 24, most: 64 };
const MOST_KEYS = 2;

function keysOf(read: EnvReader, name: string): readonly Buffer[] {
  const words = (secretText(read, name) ?? '').split(/\s+/).filter((word) => word !== '');
  for (const word of words) noteSecret(word);
  const keys = words.map((word) => Buffer.from(SECRET.exec(word)?.[1] ?? '', 'base64'));
  const { least, most } = KEY_BYTES;
  if (keys.some(({ length }) => length < least || length > most)) {
    read.issues.push(
      `${name} is not whsec_ followed by ${least} to ${most} bytes in base64; make one: echo "whsec_$(openssl rand -base64 32)"`,
    );
  }
  if (keys.length > MOST_KEYS) {
    read.issues.push(`${name} has ${keys.length} secrets; expected one, or a new and an old one`);
  }
  return keys;
}
