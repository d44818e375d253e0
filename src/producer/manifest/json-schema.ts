import { z } from 'zod';
import { LIMITS, OBJECT_KEY, TAG_KEY, TAG_VALUE } from '../../shared/image/image-fields.ts';
import { NAME_LISTS } from '../spelling/canonical-image.ts';
import { manifestSchema, NEEDED_FIELDS } from './image-schema.ts';

/** Where the schema is published; editors that are given a file of it need no network. */
const SCHEMA_ID =
  'https://raw.githubusercontent.com/ims-ferry/ims-ferry/main/manifests/manifest.schema.json';

/**
 * The published JSON Schema, made from the schema that validates, with the other spellings that are made
 * canonical before that. It lacks the rules between fields (os_version with quick_import, tags or
 * image_tags, …): `validate` checks them.
 */
export function manifestJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(manifestSchema, {
    io: 'input',
    target: 'draft-7',
  });
  const published = {
    $schema,
    $id: SCHEMA_ID,
    title: 'ims-ferry manifest',
    description: 'Images to import from OBS into IMS',
    ...withSpellings(schema),
    patternProperties: { '^x-': { description: 'Ignored: a place for YAML anchors' } },
    allOf: NEEDED_FIELDS.map(neededUnlessDefault),
  };
  return `${JSON.stringify(published, null, 2)}\n`;
}

function neededUnlessDefault(field: string) {
  return {
    if: { required: ['defaults'], properties: { defaults: { required: [field] } } },
    else: { properties: { images: { items: { required: [field] } } } },
  };
}

interface FieldSchema {
  readonly type?: string;
  readonly description?: string;
  readonly items?: { readonly properties?: Properties };
}
type Properties = Readonly<Record<string, FieldSchema>>;

/** `bucket:dir/*.qcow2` */
const MANY_FILES =
  '^(?!.*\\?.*=)(?!(?:[^*]*\\*+[^*]){4})[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]:[^\\s]*[*?][^\\s]*$';
const ADDRESS =
  '^(?:[oO][bB][sS]|[sS]3|[hH][tT][tT][pP][sS]?)://[^/@:\\s]+(?::443|:80)?/[^=#\\s]+$';
const SOURCES = [MANY_FILES, ADDRESS, OBJECT_KEY.source].map((pattern) => ({
  type: 'string',
  pattern,
}));
/** `${NAME}`, also `${basename}` of a pattern. */
const VARIABLE = { type: 'string', pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}' };
const TAG_MAPPING = {
  type: 'object',
  propertyNames: { pattern: TAG_KEY.source },
  additionalProperties: {
    anyOf: [{ type: 'string', pattern: TAG_VALUE.source }, { type: 'integer' }],
  },
  maxProperties: LIMITS.tags,
};

const TAG_MAPPINGS = { type: 'array', items: TAG_MAPPING, maxItems: LIMITS.tags };

/** Adds what is made canonical before it is validated. */
function withSpellings(schema: object): object {
  const text = JSON.stringify(schema, (key, value: unknown) => {
    if (key !== 'image' || value === null || typeof value !== 'object') return value;
    const { properties } = value as { readonly properties: Properties };
    return { ...value, properties: spelled(properties) };
  });
  return JSON.parse(text) as object;
}

function spelled(properties: Properties): object {
  const fields = Object.entries(properties).map(([name, field]) => [name, either(name, field)]);
  return Object.fromEntries(fields);
}

/** The description stays outside: editors show it. */
function either(name: string, { description, ...field }: FieldSchema): object {
  const { items } = field;
  if (items?.properties && name === 'data_images') {
    return { ...field, description, items: { ...items, properties: spelled(items.properties) } };
  }
  if (name === 'tags') return { description, anyOf: [field, TAG_MAPPING, TAG_MAPPINGS] };
  if (NAME_LISTS.includes(name)) return { description, anyOf: [field, items, VARIABLE] };
  if (field.type === 'array') return { ...field, description };
  const others = name === 'image_url' ? [...SOURCES, VARIABLE] : [VARIABLE];
  return { description, anyOf: [field, ...others] };
}
