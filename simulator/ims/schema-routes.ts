import type { Route } from '../server/context.ts';

const text = { type: ['null', 'string'] };
const uuid = {
  type: 'string',
  pattern:
    '^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$',
};
const readOnly = (shape: object) => ({ ...shape, readOnly: true });
const choice = (...words: readonly string[]) => ({ type: 'string', enum: words });

const IMAGE = {
  name: 'image',
  properties: {
    id: uuid,
    name: { ...text, maxLength: 255 },
    status: readOnly(choice('queued', 'saving', 'active', 'killed', 'deleted')),
    visibility: choice('public', 'private', 'shared'),
    protected: { type: 'boolean' },
    checksum: readOnly(text),
    owner: text,
    size: readOnly({ type: ['null', 'integer'] }),
    virtual_size: readOnly({ type: ['null', 'integer'] }),
    container_format: { type: ['null', 'string'], enum: [null, 'bare'] },
    disk_format: { type: ['null', 'string'], enum: [null, 'zvhd2', 'vhd', 'zvhd', 'raw', 'qcow2'] },
    created_at: readOnly({ type: 'string' }),
    updated_at: readOnly({ type: 'string' }),
    tags: { type: 'array', items: { type: 'string', maxLength: 255 } },
    min_ram: { type: 'integer' },
    min_disk: { type: 'integer' },
    self: readOnly({ type: 'string' }),
    file: readOnly({ type: 'string' }),
    schema: readOnly({ type: 'string' }),
  },
  additionalProperties: { type: 'string' },
  links: [
    { rel: 'self', href: '{self}' },
    { rel: 'enclosure', href: '{file}' },
    { rel: 'describedby', href: '{schema}' },
  ],
};

const MEMBER = {
  name: 'member',
  properties: {
    status: choice('pending', 'accepted', 'rejected'),
    created_at: { type: 'string' },
    updated_at: { type: 'string' },
    image_id: uuid,
    member_id: { type: 'string' },
    schema: readOnly({ type: 'string' }),
  },
};

const several = (name: string, item: object) => ({
  name,
  properties: {
    [name]: { type: 'array', items: item },
    schema: { type: 'string' },
    first: { type: 'string' },
    next: { type: 'string' },
  },
  links: [{ rel: 'describedby', href: '{schema}' }],
});

const schema = (name: string, json: object): Route => ({
  method: 'GET',
  path: `/v2/schemas/${name}`,
  name: 'schema',
  secured: 'project',
  handle: () => ({ status: 200, json }),
});

/** The schemas that Glance publishes of its answers; clients build their objects from them. */
export const SCHEMA_ROUTES: readonly Route[] = [
  schema('image', IMAGE),
  schema('images', several('images', IMAGE)),
  schema('member', MEMBER),
  schema('members', several('members', MEMBER)),
];
