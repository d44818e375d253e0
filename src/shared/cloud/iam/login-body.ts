import type {
  Agency,
  CloudConfig,
  Credential,
  DomainRef,
  InDomain,
} from '../../config/cloud/cloud-config.ts';

type Scope = { readonly project: InDomain } | { readonly domain: DomainRef } | undefined;

/** The body of POST /v3/auth/tokens with a password. It holds the password: never log it. */
export function passwordBody(
  { user, password }: Extract<Credential, { readonly method: 'password' }>,
  scope: Scope,
): unknown {
  const { id, name, domain } = user;
  const who = id === undefined ? { name, ...(domain && { domain }) } : { id };
  return body({ methods: ['password'], password: { user: { ...who, password } } }, scope);
}

/** Gives a token another scope; it lives no longer than the one it was made of. */
export function tokenBody(id: string, scope: Scope): unknown {
  return body({ methods: ['token'], token: { id } }, scope);
}

/** OTC calls an agency's name `xrole_name`, Huawei `agency_name`. */
export type AgencySpelling = 'xrole_name' | 'agency_name';

export function agencyBody(agency: Agency, spelling: AgencySpelling, scope: Scope): unknown {
  const { id, name } = agency.domain;
  const domain = id === undefined ? { domain_name: name } : { domain_id: id };
  const role = { ...domain, [spelling]: agency.name };
  return body({ methods: ['assume_role'], assume_role: role }, scope);
}

/** IMS needs a token with a project. */
export function projectScope({ project }: Pick<CloudConfig, 'project'>): Scope {
  if (!project) return undefined;
  const { id, name, domain } = project;
  return { project: id === undefined ? { name: name ?? '', ...(domain && { domain }) } : { id } };
}

function body(identity: object, scope: Scope): unknown {
  return { auth: { identity, ...(scope && { scope }) } };
}
