import { regionOfProject } from '../../dialect/regions.ts';
import type { Agency, CloudConfig, Credential, DomainRef, InDomain } from '../config.ts';
import type { CloudReader } from './cloud-reader.ts';
import type { Field } from './fields.ts';

type Method = Credential['method'];

/** openstacksdk's and GT's words for what we can do. */
const METHODS: Readonly<Record<string, Method>> = {
  password: 'password',
  v3password: 'password',
  token: 'token',
  v3token: 'token',
  aksk: 'keys',
};
/** These need somebody who reads a code from a phone, each time. */
const SECOND_FACTORS = new Set(['totp', 'v3totp', 'v3multifactor', 'multifactor']);

/** As whom to log in. */
export function readLogin(
  read: CloudReader,
): Pick<CloudConfig, 'credential' | 'agency' | 'project'> {
  refuseSecondFactor(read);
  const agency = agencyOf(read);
  const method = methodOf(read);
  const credential = credentialOf(read, method);
  const project = projectOf(read, agency !== undefined, method);
  return { credential, ...(agency && { agency }), ...(project && { project }) };
}

function refuseSecondFactor(read: CloudReader): void {
  const type = read.text('authType');
  const why =
    'is a second factor (MFA), which a program cannot give; use a user without MFA, AK/SK or an agency';
  if (type !== undefined && SECOND_FACTORS.has(type)) read.refuse('authType', why);
  if (read.text('passcode') !== undefined) read.refuse('passcode', why);
}

/**
 * What the type says; else what there is. A password can be used again when a token has run out, so
 * it is taken before a token; keys beside a password are for OBS.
 */
function methodOf(read: CloudReader): Method {
  const type = read.text('authType');
  if (type !== undefined && type !== 'agency' && !SECOND_FACTORS.has(type)) {
    return read.oneOf('authType', METHODS, 'password');
  }
  const has = (...fields: readonly Field[]): boolean =>
    fields.some((field) => read.text(field) !== undefined);
  if (has('password', 'passwordFile', 'passwordCommand')) return 'password';
  if (has('token')) return 'token';
  if (has('accessKey') && !has('username', 'userId')) return 'keys';
  return 'password';
}

function credentialOf(read: CloudReader, method: Method): Credential {
  switch (method) {
    case 'token':
      return { method, token: required(read, 'token') };
    case 'keys':
      return { method, ...keysOf(read) };
    case 'password':
      return { method, user: userOf(read), password: required(read, 'password') };
  }
}

function required(read: CloudReader, field: Field): string {
  const value = read.text(field);
  if (value === undefined) read.missing(field);
  return value ?? '';
}

function keysOf(read: CloudReader) {
  const securityToken = read.text('securityToken');
  return {
    accessKey: required(read, 'accessKey'),
    secretKey: required(read, 'secretKey'),
    ...(securityToken === undefined ? {} : { securityToken }),
  };
}

function userOf(read: CloudReader): Extract<Credential, { method: 'password' }>['user'] {
  const id = read.text('userId');
  if (id !== undefined) return { id };
  const domain = domainOf(read, ['userDomainId', 'userDomainName']) ?? defaultDomain(read);
  const ofProject = domainOf(read, ['projectDomainId', 'projectDomainName']);
  if (!domain && !ofProject) read.missing('userDomainName', 'userDomainId');
  return { name: required(read, 'username'), domain: domain ?? ofProject ?? {} };
}

function domainOf(read: CloudReader, [id, name]: readonly [Field, Field]): DomainRef | undefined {
  const byId = read.text(id);
  if (byId !== undefined) return { id: byId };
  const byName = read.text(name);
  return byName === undefined ? undefined : { name: byName };
}

function defaultDomain(read: CloudReader): DomainRef | undefined {
  return domainOf(read, ['defaultDomainId', 'defaultDomainName']);
}

function agencyOf(read: CloudReader): Agency | undefined {
  const name = read.text('agencyName');
  const domain = domainOf(read, ['agencyDomainId', 'agencyDomainName']);
  if (name === undefined) {
    if (domain || read.text('authType') === 'agency') read.missing('agencyName');
    return undefined;
  }
  if (!domain) read.missing('agencyDomainName', 'agencyDomainId');
  return { name, domain: domain ?? {} };
}

/**
 * IMS needs a project. A name is unique in its domain only: without one it is the user's. An agency's
 * project is in the account that it belongs to. Huawei: with keys the region's own project is meant.
 */
function projectOf(read: CloudReader, hasAgency: boolean, method: Method): InDomain | undefined {
  const delegated = hasAgency ? nameOrId(read, 'agencyProjectId', 'agencyProjectName') : undefined;
  const own = delegated ?? nameOrId(read, 'projectId', 'projectName');
  if (own?.id !== undefined) return own;
  const name = own?.name ?? (method === 'keys' ? read.text('region') : undefined);
  if (name === undefined) {
    if (method !== 'token') read.missing('projectName', 'projectId');
    return undefined;
  }
  const domain = hasAgency
    ? domainOf(read, ['agencyDomainId', 'agencyDomainName'])
    : projectDomain(read);
  return { name, ...(domain && method !== 'keys' && { domain }) };
}

function nameOrId(read: CloudReader, id: Field, name: Field): DomainRef | undefined {
  return domainOf(read, [id, name]);
}

function projectDomain(read: CloudReader): DomainRef | undefined {
  return (
    domainOf(read, ['projectDomainId', 'projectDomainName']) ??
    domainOf(read, ['userDomainId', 'userDomainName']) ??
    defaultDomain(read)
  );
}

/** The region that was said, else the one that the project's name begins with. */
export function regionOf(read: CloudReader): string | undefined {
  return read.text('region') ?? regionOfProject(read.text('projectName'));
}
